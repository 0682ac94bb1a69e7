"""How produce is bought."""
