"""What staff did: one line an act."""
