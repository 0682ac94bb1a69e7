"""An ingredient is swapped after orders: everyone it touches is listed, nobody else."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from locomotive.batches.swap import (
    SwapForeign,
    SwapSame,
    SwapUndone,
    swap_ingredient,
    undo_swap,
)
from locomotive.core.db import db, write_tx
from locomotive.kitchen.press import press
from locomotive.menu.menu import set_portions
from locomotive.menu.recipe import IngredientUnknown, Swap, contents_of
from locomotive.ordering.content_change import (
    ContentChange,
    ContentNotice,
    follow_content,
    tell_of_change,
)
from locomotive.ordering.message import Message
from locomotive.ordering.order import Order, OrderLine
from tests.farm_day import batch, dish, lot, produce, recipe
from tests.ordering.test_place_order import race
from tests.service_day import DATE, Day


@pytest.fixture(autouse=True)
def larder(both: Day) -> None:
    produce("cream", allergens={"milk": "contains"})
    produce("soya cream", allergens={"soybeans": "contains"})
    produce("lard", kind="meat")
    produce("mystery", allergens={"nuts": "unknown"})
    recipe("soup", leeks=0.2, cream=0.1)


def swapped(day: Day, out: str, stand_in: str, name: str = "soup") -> list[ContentNotice]:
    ids = produce(out).id, produce(stand_in).id
    made = Swap(day=DATE, dish_id=dish(name).id, out_id=ids[0], in_id=ids[1])
    with write_tx() as session:
        changes = swap_ingredient(session, made, today=DATE, now=day.at(9))
        return [notice for change in changes for notice in change.notices]


def followed(day: Day) -> None:
    with write_tx() as session:
        follow_content(session, "time", "", today=DATE, now=day.at(8))


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
    followed(both)
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
    change = db.session.scalars(select(ContentChange)).one()
    with write_tx() as session:
        sent = [tell_of_change(session, change, "Soya now.", now=both.at(9)) for _ in range(2)]
    assert sent == [1, 0]
    mails = db.session.scalars(select(Message.text).where(Message.kind == f"content-{change.id}"))
    assert mails.all() == ["Soya now."]
    told = [n.told_at is not None for n in db.session.scalars(select(ContentNotice))]
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
    listed = {n.order_line_id for n in db.session.scalars(select(ContentNotice))}
    lines = {line.id: line.allergens for line in db.session.scalars(select(OrderLine))}
    assert set(lines.values()) == {"soybeans"}
    assert len(lines) == 7
    # Those that are not listed were placed after it and read the new content themselves.
    assert not listed or all(id_ in listed for id_ in lines if id_ <= max(listed))


def test_a_swap_is_undone_once(both: Day) -> None:
    order = both.order(soup=1)
    swapped(both, "cream", "soya cream")
    swap = db.session.scalars(select(Swap)).one()
    with write_tx() as session:
        changes = undo_swap(session, swap, today=DATE, now=both.at(10))
    assert [(n.new_allergens, n.gone_allergens) for n in changes[0].notices] == [
        ("milk", "soybeans")
    ]
    assert inside(order) == ["milk"]
    with pytest.raises(SwapUndone), write_tx() as session:
        undo_swap(session, swap, today=DATE, now=both.at(10))


def test_twelve_boxes_that_are_cooked_keep_what_the_swap_takes_out(both: Day) -> None:
    """The batch was cooked with cream: a swap afterwards takes nothing out of it."""
    lot(both, "leeks", 500)
    lot(both, "cream", 500)
    orders = [both.order(soup=1) for _ in range(12)]
    batch(both, "soup", 12)
    swapped(both, "cream", "soya cream")
    assert {tuple(inside(order)) for order in orders} == {("soybeans,milk",)}
    # Once all is cooked nothing else can come into a box.
    with write_tx() as session:
        set_portions(session, DATE, {dish("soup").id: 12}, now=both.at(9))
        follow_content(session, "menu", "", today=DATE, now=both.at(9))
    assert {tuple(inside(order)) for order in orders} == {("milk",)}


def test_a_closed_bag_keeps_what_it_holds(both: Day) -> None:
    lot(both, "leeks", 500)
    lot(both, "cream", 500)
    closed, open_ = both.order(soup=1), both.order(soup=1)
    batch(both, "soup", 2)
    with write_tx() as session:
        order = session.get_one(Order, closed.id)
        press(session, order, to="ready", seen="placed", device="kitchen", now=both.at(10))
    swapped(both, "cream", "soya cream")
    assert (inside(closed), inside(open_)) == (["milk"], ["soybeans,milk"])
