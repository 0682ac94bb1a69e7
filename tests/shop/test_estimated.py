"""Without streets the checkout and the mails say that distances are estimated."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from locomotive.arrival import views
from locomotive.core.db import db
from locomotive.ordering.message import Message
from locomotive.places.address import Place
from locomotive.places.roads import ESTIMATED_NOISE, STREETS_NOISE
from locomotive.places.travel_time import streets_in_force
from locomotive.worker.mails import compose
from tests.shop_day import Shop

SENTENCE = "Distances are estimated. We keep more time in hand."


@pytest.mark.parametrize("is_estimated", [True, False])
def test_checkout_and_mail_say_it_while_it_is_so(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, is_estimated: bool
) -> None:
    network = SimpleNamespace(is_estimated=is_estimated)
    monkeypatch.setattr(views, "network_of", lambda _session: network)
    shop.add()
    assert (SENTENCE in shop.client.get("/order").text) == is_estimated
    place = db.session.scalars(select(Place).order_by(Place.id)).first()
    assert place
    assert shop.order(kind="delivery", place=str(place.id)).status_code == 303
    db.session.rollback()
    mail = compose(db.session.scalars(select(Message)).one())
    assert (SENTENCE in mail.get_content()) == is_estimated


def test_estimated_rides_stray_further_than_those_on_streets(shop: Shop) -> None:
    assert streets_in_force(db.session()).leg_noise == ESTIMATED_NOISE > STREETS_NOISE
