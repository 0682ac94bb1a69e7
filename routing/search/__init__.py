"""Ruin and recreate: a plan at any moment, in plain Python or compiled, better as time goes by."""
