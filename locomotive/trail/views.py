"""What the staff did, for the manager: looked through by day, person and kind, and exported."""

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from ..core.clock import day_of
from ..core.db import db
from ..web.audience import audience, proved
from ..web.fields import parse_id
from ..web.spreadsheet import table
from .act_page import KINDS, OTHER
from .act_words import ACTS
from .line import Search, TrailLine, actors, lines
from .value_page import day_of_act, value_words
from .words import COLUMNS, TABLES

room = Blueprint("trail", __name__)
ON_A_PAGE = 50


def _search() -> Search:
    asked = request.args
    return Search(
        day=day_of(asked.get("day", "")),
        actor=asked.get("actor", ""),
        kind=asked.get("kind", ""),
        order_id=parse_id(asked.get("order")),
        before=parse_id(asked.get("before")),
    )


@room.get("/office/trail")
@audience("manager")
def trail() -> str:
    """The latest acts, or those that were looked for."""
    session, search = db.session(), _search()
    found = lines(session, search, most=ON_A_PAGE + 1)
    return render_template(
        "trail/trail.html",
        lines=found[:ON_A_PAGE],
        older=found[ON_A_PAGE - 1].id if len(found) > ON_A_PAGE else None,
        search=search,
        actors=actors(session),
        kinds={kind: words for kind, (words, _rooms) in KINDS.items()},
        acts=ACTS,
        day_of_act=day_of_act,
        tables=TABLES,
        columns=COLUMNS,
        told=value_words,
    )


@room.get("/office/trail.csv")
@audience("manager")
@proved
def trail_csv() -> Response:
    """The same acts as a table."""
    return table("trail.csv", _rows(lines(db.session(), _search())))


def _rows(found: list[TrailLine]) -> Iterator[list[object]]:
    yield [_("When"), _("Who"), _("Browser"), _("Where"), _("Act"), _("Address"), _("Changed")]
    for line in found:
        kind, _rooms = KINDS.get(line.kind, (OTHER, ()))
        act = _(ACTS[line.what]) if line.what in ACTS else line.what
        where = [_(kind), act, line.place]
        yield [line.at.isoformat(), line.actor, line.device, *where, line.changes]
