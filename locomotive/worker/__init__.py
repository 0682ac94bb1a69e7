"""The worker's tasks, by family."""
