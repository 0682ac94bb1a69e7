"""The office's cast."""

from tests.office_day import day, office

__all__ = ["day", "office"]
