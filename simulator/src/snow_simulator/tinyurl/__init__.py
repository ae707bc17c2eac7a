"""Tiny URLs: POST /api/now/tinyurl, and sysparm_tiny in any GET."""
