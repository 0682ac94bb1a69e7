"""Orders of ours that another restaurant's tricycle brings: asking it, and what becomes of them."""
