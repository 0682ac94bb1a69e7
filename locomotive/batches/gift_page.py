"""The sheet of a gift: to whom, what, how many kilos, at which temperature."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path

from flask import abort, render_template

from ..core.db import db
from ..web.view import settings
from .leftover import Leftover, leftovers_between


def gift_of(day: date) -> list[Leftover]:
    """What was given on a day; a page that does not exist when nothing was."""
    return [row for row in leftovers_between(db.session(), day, day) if row.given] or abort(404)


def gift_html(day: date, *, is_pdf: bool) -> str:
    """The sheet, for the receiver to sign."""
    return render_template("batches/gift.html", day=day, given=gift_of(day), is_pdf=is_pdf)


def gift_path(day: date, given: Sequence[Leftover], language: str) -> Path:
    """Where the sheet's PDF is kept; other numbers make another one."""
    state = "-".join(f"{row.dish_id}.{row.given}.{row.given_tenths}" for row in given)
    digest = sha256(f"{state} {given[0].given_to}".encode()).hexdigest()[:12]
    name = f"gift-{day}-{digest}-{language}.pdf"
    return settings().files / "paper" / name
