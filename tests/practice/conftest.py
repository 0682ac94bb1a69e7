"""The kitchen's day."""

from tests.kitchen_day import day, screen

__all__ = ["day", "screen"]
