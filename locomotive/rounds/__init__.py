"""A round and its paper."""
