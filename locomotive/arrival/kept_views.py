"""The promises kept, as pictures beside tables, as CSV, and for everybody where the manager
wishes it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db, write_tx
from ..web.audience import PUBLIC, audience
from ..web.chart import Bar, bars
from ..web.language import short_day, wall_time
from ..web.spreadsheet import table
from ..web.view import Page
from .kept import Judged, Kept, KeptNotShown, is_shown, judged_between, kept_by, last_days, show

room = Blueprint("kept", __name__)
YEAR = 366  # days of the CSV


@room.app_template_global()
def are_kept_shown() -> bool:
    """Whether everybody can read them."""
    return is_shown(db.session())


@room.get("/delivery/kept")
@audience("manager")
def kept() -> str:
    """By day, by slot, by place."""
    return _page(with_places=True)


@room.get("/promises-kept")
@audience(PUBLIC)
def for_all() -> str:
    """By day and slot: at whose place it was is nobody's business."""
    if not is_shown(db.session()):
        raise KeptNotShown
    return _page(with_places=False)


def _page(*, with_places: bool) -> str:
    rows = judged_between(db.session(), *last_days(clock.today()))
    days = kept_by(rows, lambda row: row.day)[::-1]
    slots = kept_by(rows, lambda row: row.slot)
    places = kept_by(rows, lambda row: row.place) if with_places else []
    parts: list[tuple[str, str, Sequence[Kept], Callable[[Any], str]]] = [
        (_("By day"), _("Day"), days, short_day),
        (_("By slot"), _("Slot"), slots, wall_time),
        (_("By place"), _("Place"), _worst_first(places), _place),
    ]
    return render_template(
        "arrival/kept.html",
        parts=[(*part, _picture(*part)) for part in parts if part[2]],
        kept=sum(row.kept for row in rows),
        judged=sum(row.judged for row in rows),
        is_public=not with_places,
        is_shown=is_shown(db.session()),
    )


def _place(name: str) -> str:
    return name or _("other addresses")


def _worst_first(places: Sequence[Kept]) -> list[Kept]:
    return sorted(places, key=lambda one: (one.share_bp, one.of))


def _picture(title: str, _heading: str, rows: Sequence[Kept], name: Callable[[Any], str]) -> str:
    drawn = [
        Bar(
            name(row.of),
            (("near", row.kept), ("bad", row.judged - row.kept)),
            f"{row.kept} / {row.judged}",
        )
        for row in rows
    ]
    return bars(_("Promises kept: %(how)s", how=title), drawn)


@room.post("/delivery/kept/shown")
@audience("manager")
def choose() -> Page:
    """Show them to everybody, or no longer."""
    with write_tx() as session:
        show(session, shown=request.form.get("shown") == "yes")
    return redirect(url_for("kept.kept"), 303)


@room.get("/delivery/kept.csv")
@audience("manager", "accountant")
def kept_csv() -> Response:
    """A year of them, one line for each day, place and slot."""
    rows = judged_between(db.session(), *last_days(clock.today(), YEAR))
    return table("promises-kept.csv", _lines(rows))


def _lines(rows: Sequence[Judged]) -> Iterator[list[object]]:
    yield [_("Day"), _("Place"), _("Slot"), _("Kept"), _("Of")]
    for row in rows:
        yield [row.day, row.place, f"{row.slot:%H:%M}", row.kept, row.judged]
