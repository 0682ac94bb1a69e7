"""Printable pages as PDF: set, moved clear of the folds, beside one another."""
