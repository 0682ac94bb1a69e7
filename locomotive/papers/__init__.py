"""What the kitchen prints."""
