"""The kitchen's day, with the manager's and the rider's browsers for the round's sheet."""

from tests.kitchen_day import day, queries, screen
from tests.rounds_day import asked, manager, rider

__all__ = ["asked", "day", "manager", "queries", "rider", "screen"]
