"""What partners see and do: asking for shipments by page and by key; their monthly statement."""
