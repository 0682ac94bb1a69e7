"""What is cooked."""
