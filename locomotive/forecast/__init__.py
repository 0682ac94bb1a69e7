"""What the coming weeks will need, from past lunches and from the farmers' seasons."""
