"""What the simulated instance keeps: schema, SQLite database, records."""
