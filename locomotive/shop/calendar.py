"""Calendar: an order, or the menus, as a file for a calendar (RFC 5545)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from ..core.settings import Settings
from ..ordering.order import Order

FOLD_AT = 75


def calendar_file(order: Order, settings: Settings, *, name: str, text: str, now: datetime) -> str:
    """One event with the order's slot; its identity stays, so that a second file replaces it."""
    host = urlsplit(settings.public_url).hostname or "locomotive"
    place = settings.restaurant_address
    if order.is_delivery:
        place = ", ".join(p for p in (order.place_name, order.street, order.town) if p)
    event = [
        f"UID:{order.token_hash[:32]}@{host}",
        f"DTSTAMP:{_stamp(now)}",
        f"DTSTART:{_stamp(order.slot.starts_at)}",
        f"DTEND:{_stamp(order.slot.ends_at)}",
        f"STATUS:{'CANCELLED' if order.is_cancelled else 'CONFIRMED'}",
        f"SUMMARY:{_escaped(name)}",
        f"LOCATION:{_escaped(place)}",
        f"DESCRIPTION:{_escaped(text)}",
    ]
    return _calendar([event])


def menu_calendar(
    days: Iterable[tuple[date, str, str]], settings: Settings, *, now: datetime
) -> str:
    """One event of a whole day for each (day, name, text); a changed one replaces the old."""
    host = urlsplit(settings.public_url).hostname or "locomotive"
    return _calendar(
        [
            f"UID:menu-{day}@{host}",
            f"DTSTAMP:{_stamp(now)}",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            "TRANSP:TRANSPARENT",
            f"SUMMARY:{_escaped(name)}",
            f"LOCATION:{_escaped(settings.restaurant_address)}",
            f"DESCRIPTION:{_escaped(text)}",
        ]
        for day, name, text in days
    )


def _calendar(events: Iterable[list[str]]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//La Locomotive//lunch//FR"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(plain.splitlines())


def _folded(line: str) -> str:
    """The line in pieces of at most 75 octets, never cut inside a character."""
    pieces, piece = [], ""
    for character in line:
        if len((piece + character).encode()) > FOLD_AT:
            pieces.append(piece)
            piece = " "
        piece += character
    return "\r\n".join([*pieces, piece])
