"""What comes in from the farms."""
