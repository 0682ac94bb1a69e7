"""The day of the rounds."""

from tests.rounds_day import asked, day, manager, rider

__all__ = ["asked", "day", "manager", "rider"]
