"""Alerts: who asked to be told how far an order is, and what was told."""
