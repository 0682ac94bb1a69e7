"""What an act of the house breaks, and what it proposes instead."""
