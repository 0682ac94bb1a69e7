"""Cooking by totals: a touch finishes portions of one departure, and nothing is counted twice."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from locomotive.core.actor import Actor
from locomotive.core.db import db, write_tx
from locomotive.kitchen.share import (
    CookingBoard,
    Finish,
    Share,
    ShareChanged,
    cooking_board,
    finish,
)
from locomotive.ordering.order import Order, orders_of
from locomotive.ordering.step import TooLateToCancel, cancel
from locomotive.service.service import Service
from tests.service_day import Day


def cooking(day: Day, station: str = "") -> CookingBoard:
    db.session.rollback()
    db.session.expire_all()
    return cooking_board(orders_of(db.session(), day.service), station)


def totals(day: Day, station: str = "") -> dict[str, int]:
    return {dish.name: dish.left for dish in cooking(day, station).dishes}


def share_of(day: Day, dish: str, rank: int = 0) -> Share:
    return next(d for d in cooking(day).dishes if d.name.startswith(dish)).shares[rank]


def touch(screen: FlaskClient, day: Day, share: Share, portions: int, seen: int) -> TestResponse:
    return screen.post(
        f"/kitchen/cook/{day.service.id}/finish?page=cook",
        data={
            "share": share.key,
            "portion_id": share.portion_id,
            "portions": portions,
            "seen": seen,
        },
    )


def test_one_finished_portion_shrinks_the_number_and_starts_the_order(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order(carbonade=2)
    answer = touch(screen, day, share_of(day, "Carbonade"), 1, 0)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/kitchen/cook")
    assert totals(day) == {"Carbonade flamande": 1}
    assert day.status(order) == "started"


def test_one_touch_finishes_all_portions_of_a_departure_and_no_others(
    day: Day, screen: FlaskClient
) -> None:
    for _ in range(3):
        day.order(carbonade=2, slot=(12, 0))
    day.order(carbonade=4, slot=(12, 15))
    touch(screen, day, share_of(day, "Carbonade"), 6, 0)
    assert [share.left for share in cooking(day).dishes[0].shares] == [0, 4]


def test_what_was_finished_is_taken_back_all_day(day: Day, screen: FlaskClient) -> None:
    order = day.order(carbonade=2)
    touch(screen, day, share_of(day, "Carbonade"), 2, 0)
    touch(screen, day, share_of(day, "Carbonade"), -1, 2)
    assert (totals(day), day.status(order)) == ({"Carbonade flamande": 1}, "started")
    touch(screen, day, share_of(day, "Carbonade"), -1, 1)
    assert (totals(day), day.status(order)) == ({"Carbonade flamande": 2}, "placed")


def test_two_tablets_that_press_the_same_number_finish_one_portion(
    day: Day, screen: FlaskClient
) -> None:
    day.order(carbonade=5)
    share = share_of(day, "Carbonade")
    first, second = (
        touch(client, day, share, 1, 0) for client in (screen, day.signed_in("kitchen"))
    )
    assert (first.status_code, second.status_code) == (303, 409)
    assert "Another screen was faster" in second.text
    assert "Done: 4 Carbonade flamande" in second.text
    assert totals(day) == {"Carbonade flamande": 4}


def test_a_new_order_is_not_finished_by_a_touch_that_did_not_see_it(
    day: Day, screen: FlaskClient
) -> None:
    day.order(carbonade=2)
    share = share_of(day, "Carbonade")
    day.order(carbonade=3)
    assert touch(screen, day, share, 2, 0).status_code == 303
    assert totals(day) == {"Carbonade flamande": 3}


@pytest.mark.parametrize("portions", [0, 3, -1, 10**12])
def test_no_more_is_finished_or_taken_back_than_there_is(
    day: Day, screen: FlaskClient, portions: int
) -> None:
    day.order(carbonade=2)
    assert touch(screen, day, share_of(day, "Carbonade"), portions, 0).status_code == 409
    assert totals(day) == {"Carbonade flamande": 2}


def test_nonsense_finishes_nothing(day: Day, screen: FlaskClient) -> None:
    day.order(carbonade=2)
    url = f"/kitchen/cook/{day.service.id}/finish"
    for wrong in ({}, {"share": "slot-1", "portion_id": "x", "portions": "1e3", "seen": "٣"}):
        assert screen.post(url, data=wrong).status_code == 409
    assert screen.post("/kitchen/cook/999/finish").status_code == 404


def test_an_exception_is_cooked_apart_and_never_in_a_dish_s_number(
    day: Day, screen: FlaskClient
) -> None:
    day.order(carbonade=2)
    apart = day.order(carbonade=1, must_not_contain="noix")
    board = cooking(day)
    assert totals(day) == {"Carbonade flamande": 2}
    assert [(s.order.id, s.left) for _, s in board.exceptions if s.order] == [(apart.id, 1)]
    touch(screen, day, share_of(day, "Carbonade"), 2, 0)
    assert day.status(apart) == "placed"
    touch(screen, day, board.exceptions[0][1], 1, 0)
    assert day.status(apart) == "started"


def test_a_bag_that_is_ready_counts_as_cooked_and_its_portions_stay(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order(carbonade=2)
    screen.post(f"/kitchen/orders/{order.id}/step", data={"seen": "placed", "to": "ready"})
    assert totals(day) == {"Carbonade flamande": 0}
    assert touch(screen, day, share_of(day, "Carbonade"), -1, 2).status_code == 409
    assert day.status(order) == "ready"


def test_a_station_sees_its_own_dishes(day: Day) -> None:
    day.order(carbonade=1, salad=2, soup=3)
    assert totals(day, "cold") == {"Salade de lentilles": 2}
    assert totals(day, "hot") == {"Carbonade flamande": 1, "Soupe de potimarron": 3}
    assert totals(day, "counter") == {}


def test_the_next_departure_says_what_it_still_needs(day: Day) -> None:
    day.order(carbonade=2, slot=(12, 15))
    day.order(soup=1, slot=(12, 0))
    board = cooking(day)
    assert [departure.at for departure in board.turn.next] == [day.at(12), day.at(12, 15)]
    [soup] = board.dishes_of(board.turn.next[:1])
    share = soup.share_of(board.turn.next[0])
    assert share
    assert (soup.name, share.left) == ("Soupe de potimarron", 1)


def test_the_dish_that_most_bags_of_the_next_departure_wait_for_comes_first(day: Day) -> None:
    day.order(carbonade=9, slot=(12, 0))
    for _ in range(2):
        day.order(soup=1, slot=(12, 0))
    for _ in range(3):
        day.order(salad=1, slot=(12, 15))
    board = cooking(day)
    names = [dish.name for dish in board.dishes_of(board.turn.next)]
    assert names == ["Soupe de potimarron", "Carbonade flamande", "Salade de lentilles"]


def test_c10_of_a_cancellation_and_the_kitchen_s_start_one_wins_on_both_engines(both: Day) -> None:
    day = both
    order = day.order(carbonade=2)
    share = share_of(day, "Carbonade")

    def start() -> None:
        with write_tx() as session:
            finish(
                session,
                session.scalars(select(Service)).one(),
                Finish(share.key, share.portion_id, portions=1, seen=0),
                device="stove",
                now=day.at(9),
            )

    def cancel_it() -> None:
        with write_tx() as session:
            cancel(
                session,
                session.get_one(Order, order.id, populate_existing=True),
                actor=Actor.CUSTOMER,
                now=day.at(9),
            )

    start()
    with pytest.raises(TooLateToCancel):
        cancel_it()
    assert day.status(order) == "started"
    late = day.order(carbonade=1)
    share = share_of(day, "Carbonade")
    with write_tx() as session:
        cancel(session, session.get_one(Order, late.id), actor=Actor.CUSTOMER, now=day.at(9))
    with write_tx() as session, pytest.raises(ShareChanged):
        finish(
            session,
            session.scalars(select(Service)).one(),
            Finish(share.key, share.portion_id, portions=share.left, seen=share.done),
            device="stove",
            now=day.at(9),
        )
    assert day.status(late) == "cancelled"


def test_cook_takes_as_many_queries_for_sixty_orders_as_for_ten(
    day: Day, screen: FlaskClient, queries
) -> None:
    for path in ("/kitchen/cook", "/kitchen/pack", "/kitchen/hand-over"):
        for _ in range(10):
            day.order(carbonade=1, soup=1)
        screen.get(path)  # the first one finds nothing kept
        few = queries(lambda path=path: screen.get(path))
        for _ in range(20):
            day.order(carbonade=1, soup=1)
            day.order(to="school", salad=2, slot=(12, 30))
        many = queries(lambda path=path: screen.get(path))
        assert len(many) == len(few) <= 9, path
