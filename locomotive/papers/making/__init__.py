"""How a PDF is made side by side with another, and kept clear of the folds."""
