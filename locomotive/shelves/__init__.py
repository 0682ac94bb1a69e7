"""What stands on which shelf, and what is counted there."""
