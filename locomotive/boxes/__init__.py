"""Boxes that come back: a ledger for each place, and the washing."""
