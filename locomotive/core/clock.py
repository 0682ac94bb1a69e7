"""The clock and the restaurant's time zone. Rules take `now` as an argument and never call it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = "Europe/Paris"
PARIS = ZoneInfo(ZONE)


class Clock:
    """The one clock; tests set it in one place."""

    def now(self) -> datetime:
        """The present instant, aware UTC; asked by views, tasks and commands only."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The present day by the restaurant's wall clock."""
        return local(self.now()).date()


clock = Clock()


def local(instant: datetime) -> datetime:
    """The instant as the restaurant's wall clock shows it."""
    return instant.astimezone(PARIS)


def next_minute(moment: datetime) -> datetime:
    """The moment rounded up to the minute, as every clock shows what is expected: who is there by
    then is there, and a lateness beside it (`minutes_after`) says the same."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)


def minutes_after(moment: datetime, due: datetime) -> int:
    """How many minutes after what is due, as the two clocks show them; negative before it."""
    whole = due.replace(second=0, microsecond=0)
    return int((next_minute(moment) - whole).total_seconds()) // 60


def instant(day: date, wall: time) -> datetime:
    """The instant (UTC) of a wall time on a day; a doubled hour means its first passage."""
    return datetime.combine(day, wall, tzinfo=PARIS).astimezone(UTC)


def instant_range(day: date) -> tuple[datetime, datetime]:
    """The instants at which a day begins and the next one does."""
    return instant(day, time()), instant(day + timedelta(days=1), time())


def day_of(text: str) -> date | None:
    """The day that an address or a form names ("2026-11-24"); None for anything else."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return day if len(text) == 10 and text.isascii() and 2020 <= day.year <= 2100 else None


def moment_of(text: object) -> datetime | None:
    """The instant (UTC) that a script sends in ISO 8601; None for anything else."""
    try:
        moment = datetime.fromisoformat(str(text))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
