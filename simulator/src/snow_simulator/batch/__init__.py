"""The Batch API: POST /api/now/v1/batch."""
