"""The zone drawn as a map of our own."""
