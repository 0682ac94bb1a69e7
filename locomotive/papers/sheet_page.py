"""The rider's sheet as a page."""

from flask import (
    render_template,
    url_for,
)
from flask_babel import format_decimal
from flask_babel import gettext as _
from markupsafe import Markup

from routing.streets import Turn

from ..core.db import db
from ..core.tokens import qr_code
from ..maps.drawing import drawing_at
from ..places.roads import map_folder, network_of
from ..rounds.act import round_token
from ..rounds.box import boxes_there
from ..rounds.round import Round
from ..service.service import Service
from ..web.language import metres
from ..web.view import settings
from .sheet import Sheet, places_of, sheet_of
from .turns import TURN_WORDS, Told, fitting, halves, worth_words


def kilometres(metres: int) -> str:
    """Metres as kilometres with one decimal."""
    return str(format_decimal(metres / 1000, format="0.0"))


def phone_link(round_: Round) -> str:
    """Where the rider finds a released round on a phone."""
    return url_for("rider.phone", token=round_token(settings().secret_key, round_))


def sheet_html(round_: Round, *, is_pdf: bool) -> str:
    """The sheet's page; its PDF is made of the same page without the bar above the paper."""
    service = db.session.get_one(Service, round_.service_id)
    # The phone's page once the round is released, else the sheet's own.
    address = url_for("sheet.sheet", day=service.date, number=round_.number)
    if round_.is_released:
        address = phone_link(round_)
    sheet = whole_sheet(round_)
    return render_template(
        "papers/sheet.html",
        service=service,
        sheet=sheet,
        turns=lambda index: halves(fitting([told(turn) for turn in sheet.turns(index)])),
        code=Markup(qr_code(f"{settings().public_url}{address}")),
        kilometres=kilometres,
        is_pdf=is_pdf,
    )


def told(turn: Turn) -> Told:
    """A turn in words."""
    words, arrow = TURN_WORDS[turn.kind]
    is_nameless_start = turn.kind == "start" and not turn.street
    return Told(
        arrow=arrow,
        words=_("leave") if is_nameless_start else _(words, exit=turn.exit),
        street=turn.street,
        length=metres(turn.metres),
        metres=turn.metres,
        needs_words=turn.kind == "roundabout",
    )


def turns_of(round_: Round) -> dict[int, tuple[Told, ...]]:
    """The turns on the way to each stop of a round, by its id; none where no streets are known."""
    stops = [stop for stop in round_.stops if stop.is_live]
    depot = settings().depot
    points = (depot, *(stop.point for stop in stops), depot)
    legs = network_of(db.session()).route(points) if stops else ()
    return {
        stop.id: fitting([told(turn) for turn in worth_words(leg.turns)])
        for stop, leg in zip(stops, legs, strict=False)
    }


def whole_sheet(round_: Round) -> Sheet:
    """The round's sheet with its turns and its map, as far as streets are known."""
    session = db.session()
    folder = map_folder(session)
    return sheet_of(
        round_,
        depot=settings().depot,
        network=network_of(session),
        drawing=drawing_at(folder) if folder else None,
        places=places_of(session, round_),
        there=boxes_there(session),
    )
