"""The clock and the restaurant's time zone. Rules take `now` as an argument and never call it."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

ZONE = "Europe/Paris"
PARIS = ZoneInfo(ZONE)


def now() -> datetime:
    """The present instant, aware UTC; asked by views, jobs and the command line only."""
    return datetime.now(UTC)


def local(instant: datetime) -> datetime:
    """The instant as the restaurant's wall clock shows it."""
    return instant.astimezone(PARIS)


def instant(day: date, wall: time) -> datetime:
    """The instant (UTC) of a wall time on a day; a doubled hour means its first passage."""
    return datetime.combine(day, wall, tzinfo=PARIS).astimezone(UTC)
