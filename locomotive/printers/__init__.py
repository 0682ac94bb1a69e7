"""Printers: the machines that print tickets and labels, and what they still have to print."""
