"""Encoded queries: parsed here, compiled to SQL with bound parameters."""
