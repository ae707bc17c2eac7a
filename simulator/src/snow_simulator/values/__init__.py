"""Values of fields: from what a client sends to what is stored, and to what is displayed."""
