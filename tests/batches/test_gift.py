"""Leftovers that were given: with receiver, kilos and temperature, and a sheet to sign."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from locomotive.batches.gift_page import gift_html
from locomotive.batches.leftover import Leftover
from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Portion
from locomotive.origins.batch import Batch
from locomotive.pdf.pdf import NoPango, pdf
from tests.conftest import lacking
from tests.service_day import Day


def note(screen: FlaskClient, day: Day, **more: str) -> int:
    """Note four portions of one dish left over, three of them given; return the answer's status."""
    form = {
        f"{name}-{dish_id}": "0"
        for dish_id in db.session.scalars(select(Dish.id))
        for name in ("unsold", "given", "wasted")
    }
    first = db.session.scalars(select(Dish.id).order_by(Dish.id)).first()
    form |= {f"unsold-{first}": "4", f"given-{first}": "3", f"wasted-{first}": "1"}
    form |= {"given_to": "Les Restos", "given_tenths": "", **more}
    status = screen.post(f"/kitchen/{day.date}/leftovers", data=form).status_code
    db.session.rollback()
    return status


def test_a_gift_keeps_its_temperature_and_has_a_sheet(day: Day, screen: FlaskClient) -> None:
    sheet = f"/kitchen/{day.date}/leftovers/gift"
    assert screen.get(sheet).status_code == 404
    assert note(screen, day, given_tenths="3,5") == 303
    row = db.session.scalars(select(Leftover).where(Leftover.given > 0)).one()
    assert (row.given, row.given_to, row.given_tenths) == (3, "Les Restos", 35)
    page = screen.get(sheet).text
    for words in ("Les Restos", "3.5 °C", row.dish.name):
        assert words in page
    assert screen.get(f"{sheet}.pdf").status_code == 202


def test_the_paper_is_one_page(day: Day, screen: FlaskClient) -> None:
    note(screen, day)
    with day.app.test_request_context(base_url="http://127.0.0.1"):
        html = gift_html(day.date, is_pdf=True)
    try:
        (page,) = PdfReader(io.BytesIO(pdf(html))).pages
    except NoPango:
        lacking("Pango")
    assert "Les Restos" in page.extract_text()
    assert "________ °C" in page.extract_text()


@pytest.mark.parametrize("typed", ["chaud", "999"])
def test_a_temperature_that_is_none_is_refused(day: Day, screen: FlaskClient, typed: str) -> None:
    assert note(screen, day, given_tenths=typed) == 422
    assert db.session.scalars(select(Leftover)).all() == []


def test_more_left_over_than_was_offered_or_cooked_is_refused_at_its_field(
    day: Day, screen: FlaskClient
) -> None:
    portion = db.session.scalars(select(Portion).order_by(Portion.dish_id)).first()
    assert portion is not None
    field, most = f"unsold-{portion.dish_id}", portion.initial
    assert note(screen, day, **{field: str(most + 1)}) == 422
    assert db.session.scalars(select(Leftover)).all() == []
    assert note(screen, day, **{field: str(most)}) == 303
    # Who cooked more than was offered may have more left.
    with write_tx() as session:
        session.add(
            Batch(day=day.date, dish_id=portion.dish_id, portions=most + 9, cooked_at=day.at(9))
        )
    assert note(screen, day, **{field: str(most + 9)}) == 303
