"""The manager hands an order over with a few touches, and gives and takes keys."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.core.db import db
from locomotive.core.tasks import ASK_NEIGHBOURS
from locomotive.relays.relay import Relay
from locomotive.shipments.partner import Partner, ride_key_of
from tests.relays.conftest import Two
from tests.service_day import SECRET

PAGE = "/delivery/2026-11-24/relays"


def fields(page: str, action: str) -> dict[str, str]:
    """The fields of the page's form with this address."""
    form = page.split(f'action="{action}"', 1)[1].split("</form>", 1)[0]
    pairs = re.findall(r'name="(\w+)" value="([^"]*)"', form)
    return dict(pairs)


def test_an_order_is_asked_for_accepted_and_taken_back_by_pressing(
    two: Two, manager: FlaskClient, asked: list[tuple[object, ...]]
) -> None:
    order = two.ours.order(to="school")
    page = manager.get(PAGE).text
    sent = fields(page, PAGE)
    for _ in range(2):  # a second touch
        assert manager.post(PAGE, data=sent).status_code == 303
    assert (ASK_NEIGHBOURS,) in asked
    assert db.session.query(Relay).count() == 1
    assert "Ask Le Fournil" not in manager.get(PAGE).text
    two.work()
    page, accept = manager.get(PAGE).text, f"{PAGE}/{two.relay.id}/accept"
    assert "offers to bring it (€4.00" in re.sub(r"\s+", " ", page)
    assert manager.post(accept, data=fields(page, accept)).status_code == 303
    assert two.is_ours(order)
    two.work()
    page, end = manager.get(PAGE).text, f"{PAGE}/{two.relay.id}/end"
    assert "Bring it ourselves" in page
    assert not two.is_ours(order)
    assert manager.post(end, data=fields(page, end)).status_code == 303
    assert two.is_ours(order)
    two.work()
    assert "was told that it need not" in manager.get(PAGE).text
    assert "Ask Le Fournil" in manager.get(PAGE).text


def test_an_offer_that_is_over_is_refused_in_a_sentence(two: Two, manager: FlaskClient) -> None:
    order = two.ours.order(to="school")
    two.ask(order)
    two.work()
    page, accept = manager.get(PAGE).text, f"{PAGE}/{two.relay.id}/accept"
    sent = fields(page, accept)
    two.now = two.ours.at(10, 30)
    answer = manager.post(accept, data=sent)
    assert answer.status_code == 409
    assert "This offer no longer stands" in answer.text


def test_a_key_is_given_shown_and_taken_and_never_shown_again(
    two: Two, manager: FlaskClient
) -> None:
    partner = db.session.scalars(select(Partner)).one()
    address = f"/office/partners/{partner.id}"
    page = manager.get(address).text
    assert ride_key_of(partner, secret=SECRET) not in page
    form = {
        "name": "Le Fournil", "stop_cents": "0", "kilo_cents": "0", "is_active": "y",
        "ride_url": "https://fournil.example", "given_key": "their new key",
    }  # fmt: skip
    assert manager.post(address, data=form).status_code == 303
    db.session.rollback()
    partner = db.session.scalars(select(Partner)).one()
    assert ride_key_of(partner, secret=SECRET) == "their new key"
    assert partner.ride_url == "https://fournil.example"
    # What is left empty stays.
    manager.post(address, data=form | {"given_key": ""})
    db.session.rollback()
    assert ride_key_of(db.session.scalars(select(Partner)).one(), secret=SECRET) == "their new key"
    for wrong in ("http://fournil.example", "ftp://x", "https://x/path", "https://a b", "fournil"):
        answer = manager.post(address, data=form | {"ride_url": wrong})
        assert answer.status_code == 422, wrong
        assert "Write the address of its service" in answer.text
