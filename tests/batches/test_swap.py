"""An ingredient is swapped after orders: everyone it touches is listed, nobody else."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from locomotive.batches.swap import SwapForeign, SwapNotice, SwapSame, swap_ingredient, tell_of_swap
from locomotive.core.db import db, write_tx
from locomotive.menu.recipe import IngredientUnknown, Swap, contents_of
from locomotive.ordering.message import Message
from locomotive.ordering.order import Order, OrderLine
from tests.farm_day import dish, lot, produce, recipe
from tests.ordering.test_place_order import race
from tests.service_day import DATE, Day


@pytest.fixture(autouse=True)
def larder(both: Day) -> None:
    produce("cream", allergens={"milk": "contains"})
    produce("soya cream", allergens={"soybeans": "contains"})
    produce("lard", kind="meat")
    produce("mystery", allergens={"nuts": "unknown"})
    recipe("soup", leeks=0.2, cream=0.1)


def swapped(day: Day, out: str, stand_in: str, name: str = "soup") -> list[SwapNotice]:
    ids = produce(out).id, produce(stand_in).id
    made = Swap(day=DATE, dish_id=dish(name).id, out_id=ids[0], in_id=ids[1])
    with write_tx() as session:
        return swap_ingredient(session, made, today=DATE, now=day.at(9))


def inside(order: Order) -> list[str]:
    db.session.rollback()
    query = select(OrderLine.allergens).where(OrderLine.order_id == order.id)
    return list(db.session.scalars(query.order_by(OrderLine.id)))


def test_every_live_order_of_the_dish_is_listed_with_what_is_new(both: Day) -> None:
    touched = both.order("Nadia", soup=1, carbonade=1)
    both.order("Bruno", carbonade=1)
    gone = both.order("Samira", soup=1)
    both.cancel(gone)
    notices = swapped(both, "cream", "soya cream")
    assert [(n.line.order_id, n.new_allergens, n.gone_allergens) for n in notices] == [
        (touched.id, "soybeans", "milk")
    ]
    assert "soybeans" in inside(touched)


def test_labels_pages_and_later_orders_show_the_new_content_that_day_only(both: Day) -> None:
    swapped(both, "cream", "soya cream")
    assert inside(both.order(soup=1)) == ["soybeans"]
    found = contents_of(db.session(), [dish("soup")], DATE + timedelta(days=1))
    assert found[dish("soup").id].contains == ("milk",)


def test_a_dish_that_loses_its_mark_or_gets_meat_touches_everyone(both: Day) -> None:
    lot(both, "lard", 100, countries="BE BE BE")
    both.order(soup=1)
    notices = swapped(both, "leeks", "lard")
    assert [(n.meat_changed, n.vegetarian_lost) for n in notices] == [(True, True)]


def test_a_swap_that_brings_nothing_new_lists_nobody(both: Day) -> None:
    both.order(soup=1)
    produce("onions")
    assert swapped(both, "leeks", "onions") == []


@pytest.mark.parametrize(
    ("out", "stand_in", "refusal"),
    [
        ("cream", "cream", SwapSame),
        ("lard", "leeks", SwapForeign),
        ("cream", "mystery", IngredientUnknown),
    ],
)
def test_a_swap_that_makes_no_sense_writes_nothing(
    both: Day, out: str, stand_in: str, refusal: type[Exception]
) -> None:
    order = both.order(soup=1)
    with pytest.raises(refusal):
        swapped(both, out, stand_in)
    assert inside(order) == ["milk"]
    assert db.session.scalar(select(Swap.id)) is None


def test_the_mail_goes_once_to_those_with_an_address(both: Day) -> None:
    order = both.order(soup=1)
    both.order("Bruno", soup=1)
    with write_tx() as session:
        session.get_one(Order, order.id).email = "nadia@example.com"
    swapped(both, "cream", "soya cream")
    swap = db.session.scalars(select(Swap)).one()
    with write_tx() as session:
        sent = [tell_of_swap(session, swap, "Soya now.", now=both.at(9)) for _ in range(2)]
    assert sent == [1, 0]
    mails = db.session.scalars(select(Message.text).where(Message.kind == f"swap-{swap.id}"))
    assert mails.all() == ["Soya now."]
    told = [n.told_at is not None for n in db.session.scalars(select(SwapNotice))]
    assert sorted(told) == [False, True]


def test_of_orders_placed_at_the_same_moment_nobody_is_missed(both: Day) -> None:
    """An order that the swap did not see would keep the old content: there is none."""
    outcomes: list[str] = []

    def act() -> None:
        if not outcomes:
            outcomes.append("swap")
            swapped(both, "cream", "soya cream")
        else:
            both.order(key=f"race-{threading.get_ident()}", soup=1)

    race(both, act, 8)
    db.session.rollback()
    listed = {n.order_line_id for n in db.session.scalars(select(SwapNotice))}
    lines = {line.id: line.allergens for line in db.session.scalars(select(OrderLine))}
    assert set(lines.values()) == {"soybeans"}
    assert len(lines) == 7
    # Those that are not listed were placed after it and read the new content themselves.
    assert not listed or all(id_ in listed for id_ in lines if id_ <= max(listed))
