"""The Attachment API: /api/now/attachment."""
