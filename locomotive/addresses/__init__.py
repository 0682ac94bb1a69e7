"""How a typed address is found."""
