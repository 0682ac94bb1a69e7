"""The kitchen's day."""

from tests.kitchen_day import day, queries, screen

__all__ = ["day", "queries", "screen"]
