"""The Aggregate API: /api/now/stats."""
