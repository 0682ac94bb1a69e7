"""What was cooked, of what."""
