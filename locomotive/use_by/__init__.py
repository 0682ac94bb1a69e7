"""Secondary use-by dates: what was opened or prepared in the house, and until when it is good."""
