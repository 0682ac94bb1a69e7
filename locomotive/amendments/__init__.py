"""Rounds changed by hand: what it would do, doing it, undoing it."""
