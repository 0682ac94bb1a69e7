"""Sheets of rounds in a real town, with turns on every leg: what paper and figures are tried on."""

from __future__ import annotations

from pathlib import Path

from locomotive.core.db import db, write_tx
from locomotive.papers.sheet import sheet_path
from locomotive.places.address import Address
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from locomotive.worker.paper import make_sheet
from tests.real_town import addresses
from tests.service_day import Day


def usual_round(day: Day, stops: int, *, within: float = 0.008) -> Round:
    """A released round of so many doors of the town, every third with two orders, every second
    with a way in."""
    day.leave_one_tricycle(boxes=500)
    names = [f"Garage du Centre {number}" for number in range(1, stops + 1)]
    for at, (name, door) in enumerate(
        zip(names, addresses(stops, seed=stops, within=within), strict=True)
    ):
        note = "Porte verte, sonner accueil" if at % 2 else ""
        place = Address(name, door.street, door.town, door.latitude, door.longitude, note)
        day.order("Nadia", place=place, slot=(12, 0), carbonade=2)
        if not at % 3:
            day.order("Jean-Christophe", place=place, slot=(12, 0), soup=1)
    (round_,) = day.lay(names)
    with write_tx() as session:
        release(session, session.get_one(Round, round_.id), seen=round_.stamp, now=day.at(10, 30))
    return day.rounds()[0]


def sheet_pdf(day: Day, round_: Round, language: str = "fr") -> bytes:
    """The PDF that the worker makes of a round's sheet."""
    make_sheet(round_.id, language)
    files: Path = day.app.extensions["settings"].files
    content = sheet_path(files, db.session.get_one(Round, round_.id), language).read_bytes()
    db.session.remove()
    return content
