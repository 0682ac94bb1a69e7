"""Outside the zone: each delivery slot says so, as data and in words, and names take-away."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from locomotive.core.db import db
from locomotive.places.address import Place
from locomotive.promise.promise import RefusedSlot
from locomotive.service.slot import Slot
from tests.shop_day import KEY, Shop, words

FAR = "1 Grand Place, Lille"


def reasons(page: str) -> list[str]:
    """The reason code of each refused slot on the page."""
    return re.findall(r'class="choice refused" data-reason="([^"]+)"', page)


def slots(kind: str) -> list[Slot]:
    return list(db.session.scalars(select(Slot).where(Slot.kind == kind)))


def test_every_refused_slot_carries_its_reason_and_the_take_away_slots_near_it(
    shop: Shop,
) -> None:
    shop.add()
    answer = shop.order(kind="delivery", address=FAR, look="1")
    assert answer.status_code == 422
    assert reasons(answer.text) == ["outside_zone"] * len(slots("delivery"))
    text = words(answer)
    assert "12:00 outside the area of the tricycles; take-away: 11:45, 12:00" in text
    assert "Say where first" not in text


def test_a_place_outside_the_zone_is_refused_in_the_same_way(shop: Shop) -> None:
    shop.add()
    far = db.session.scalars(select(Place).where(Place.town == "Arras")).one()
    answer = shop.order(kind="delivery", place=str(far.id))
    assert answer.status_code == 422
    assert set(reasons(answer.text)) == {"outside_zone"}


def test_a_take_away_slot_that_is_full_is_not_named(shop: Shop) -> None:
    shop.add()
    shop.fill_slot(shop.slot(12, 0))
    answer = shop.order(kind="delivery", address=FAR, look="1")
    assert "12:00 outside the area of the tricycles; take-away: 11:45, 12:15" in words(answer)
    assert reasons(answer.text).count("kitchen_full") == 1


def test_the_manager_sees_it_as_demand_that_was_not_met(shop: Shop) -> None:
    shop.add()
    shop.order(kind="delivery", address=FAR, look="1")
    db.session.rollback()
    rows = list(db.session.scalars(select(RefusedSlot)))
    assert {(row.key, row.reason) for row in rows} == {(KEY, "outside_zone")}
    assert len(rows) == len(slots("delivery"))


def test_a_change_to_a_place_outside_says_so_too_and_the_order_stays(shop: Shop) -> None:
    shop.add()
    token = shop.order().location.rsplit("/", 1)[1]
    slot = shop.slot(12, 0, kind="delivery")
    portion = f"quantity-{shop.portion().id}"
    form = {"kind": "delivery", "slot": str(slot.id), "place": "", "address": FAR, portion: "1"}
    answer = shop.client.post(f"/o/{token}/change", data=form)
    assert answer.status_code == 422
    assert "outside_zone" in reasons(answer.text)
    assert "12:00 outside the area of the tricycles; take-away:" in words(answer)


@pytest.mark.parametrize("near", ["12 rue Pasteur, Oignies", ""])
def test_an_address_inside_the_zone_or_none_refuses_nothing(shop: Shop, near: str) -> None:
    shop.add()
    answer = shop.order(kind="delivery", address=near, look="1")
    assert reasons(answer.text) == []
