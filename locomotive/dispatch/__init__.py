"""Who drives where."""
