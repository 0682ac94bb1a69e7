"""The farmer's page and what is said to him: what was delivered, refused and is owed."""
