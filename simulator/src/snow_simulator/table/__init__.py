"""The Table API: /api/now/table."""
