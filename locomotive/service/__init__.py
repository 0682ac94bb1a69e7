"""One lunch."""
