"""What contradicts itself in the database, one sentence each."""
