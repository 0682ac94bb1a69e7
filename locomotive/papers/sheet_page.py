"""The rider's sheet as a page."""

from flask import (
    render_template,
    url_for,
)
from flask_babel import format_decimal
from markupsafe import Markup

from ..core.db import db
from ..core.tokens import qr_code
from ..maps.drawing import drawing_at
from ..places.roads import map_folder, network_of
from ..rounds.act import round_token
from ..rounds.box import boxes_there
from ..rounds.round import Round
from ..service.service import Service
from ..web.view import settings
from .sheet import TURN_WORDS, Sheet, places_of, sheet_of


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
    return render_template(
        "papers/sheet.html",
        service=service,
        sheet=whole_sheet(round_),
        TURN_WORDS=TURN_WORDS,
        code=Markup(qr_code(f"{settings().public_url}{address}")),
        kilometres=kilometres,
        is_pdf=is_pdf,
    )


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
