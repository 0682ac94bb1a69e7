"""The kitchen's day, with printers."""

from tests.kitchen_day import day, screen
from tests.rounds_day import asked, manager

__all__ = ["asked", "day", "manager", "screen"]
