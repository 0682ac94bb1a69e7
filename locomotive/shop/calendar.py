"""Calendar: an order as a file for the customer's calendar (RFC 5545)."""

from datetime import UTC, datetime
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
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//La Locomotive//lunch//FR",
        "BEGIN:VEVENT",
        f"UID:{order.token_hash[:32]}@{host}",
        f"DTSTAMP:{_stamp(now)}",
        f"DTSTART:{_stamp(order.slot.starts_at)}",
        f"DTEND:{_stamp(order.slot.ends_at)}",
        f"STATUS:{'CANCELLED' if order.is_cancelled else 'CONFIRMED'}",
        f"SUMMARY:{_escaped(name)}",
        f"LOCATION:{_escaped(place)}",
        f"DESCRIPTION:{_escaped(text)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


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
