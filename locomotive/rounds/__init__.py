"""A round, and what the rider did on it."""
