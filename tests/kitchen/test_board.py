"""The board says how many of what, by departure."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from locomotive.core.db import db, write_tx
from locomotive.kitchen.production import board, departures, production_sheet
from locomotive.ordering.order import Order, orders_of
from tests.service_day import Day


def in_round(order: Order, day: Day, number: int) -> None:
    with write_tx() as session:
        merged = session.get_one(Order, order.id)
        merged.round_number, merged.departs_at = number, day.at(11, 40)


def test_totals_count_portions_of_each_dish_and_what_is_still_to_do(day: Day) -> None:
    done = day.order(carbonade=2, soup=1)
    day.order(carbonade=3)
    with write_tx() as session:
        session.get_one(Order, done.id).status = "ready"
    totals = board(orders_of(db.session(), day.service)).totals
    assert [(t.name, t.portions, t.to_do) for t in totals] == [
        ("Carbonade flamande", 5, 3),
        ("Soupe de potimarron", 1, 0),
    ]


def test_orders_are_grouped_by_what_they_leave_with(day: Day) -> None:
    one, two = day.order(slot=(12, 0)), day.order(slot=(12, 0))
    rides = day.order(to="school", slot=(12, 0))
    waits = day.order(to="library", slot=(12, 15))
    in_round(rides, day, 3)
    found = departures(orders_of(db.session(), day.service))
    assert [(d.kind, d.at, d.round_number, [o.id for o in d.orders]) for d in found] == [
        ("round", day.at(11, 40), 3, [rides.id]),
        ("take-away", day.at(12, 0), None, [one.id, two.id]),
        ("unplanned", day.at(12, 15), None, [waits.id]),
    ]


def test_a_cancelled_order_counts_nowhere_and_stays_struck_through(
    day: Day, screen: FlaskClient
) -> None:
    day.order("Karim", soup=1)
    gone = day.order("Louise", carbonade=4)
    day.cancel(gone)
    page = screen.get("/kitchen/").text
    assert "Carbonade flamande" not in page
    notice = re.search(r'<p class="notice is-cancelled">.*?</p>', page, re.S)
    assert notice
    assert "Cancelled" in notice[0]
    assert f">{gone.number}</span>" in re.sub(r"<svg.*?</svg>", "", notice[0], flags=re.S)


def test_a_departure_with_nothing_left_to_do_comes_last(day: Day) -> None:
    early, late = day.order(slot=(11, 30)), day.order(slot=(12, 30))
    with write_tx() as session:
        session.get_one(Order, early.id).status = "handed over"
    found = board(orders_of(db.session(), day.service)).departures
    assert [d.orders[0].id for d in found] == [late.id, early.id]


def test_the_board_is_read_and_never_pressed(day: Day, screen: FlaskClient) -> None:
    order = day.order("Nadia", carbonade=2, must_not_contain="noix")
    page = screen.get("/kitchen/board").text
    assert f">{order.number}</span>" in re.sub(r"<svg.*?</svg>", "", page, flags=re.S)
    assert "<form" not in page
    assert f"/kitchen/orders/{order.id}/cancel" in page
    assert "sign-bag is-exception" in page


def test_what_the_next_departure_needs_stands_first_whatever_its_name(day: Day) -> None:
    day.order(carbonade=5, slot=(12, 30))
    day.order(soup=1, slot=(12, 0))
    totals = board(orders_of(db.session(), day.service)).totals
    assert [t.name for t in totals] == ["Soupe de potimarron", "Carbonade flamande"]


def test_two_departures_are_whole_and_each_later_one_is_a_line(
    day: Day, screen: FlaskClient
) -> None:
    for minute in (0, 15, 30, 45):
        day.order(slot=(12, minute))
    found = board(orders_of(db.session(), day.service)).turn
    assert [d.at for d in found.next] == [day.at(12), day.at(12, 15)]
    assert [d.at for d in found.later] == [day.at(12, 30), day.at(12, 45)]
    for page in ("cook", "pack"):
        assert screen.get(f"/kitchen/{page}").text.count("<summary>") == 2, page


def test_the_board_takes_as_many_queries_for_sixty_orders_as_for_ten(
    day: Day, screen: FlaskClient, queries
) -> None:
    for _ in range(10):
        day.order(carbonade=1, soup=1)
    screen.get("/kitchen/")  # the first one finds nothing kept
    few = queries(lambda: screen.get("/kitchen/"))
    for _ in range(25):
        day.order(carbonade=1, soup=1)
        day.order(to="school", salad=2)
    many = queries(lambda: screen.get("/kitchen/"))
    # Four of them ask what food safety waits for, one how the printers are.
    assert len(many) == len(few) <= 13


def test_an_unchanged_board_costs_one_small_query_beside_the_sign_in(
    day: Day, screen: FlaskClient, queries
) -> None:
    day.order()
    etag = screen.get("/kitchen/board").headers["ETag"]
    sent = queries(lambda: screen.get("/kitchen/board", headers={"If-None-Match": etag}))
    assert len([sql for sql in sent if "FROM sign_in" not in sql]) == 1
    assert not any("order_line" in sql for sql in sent)


def test_without_a_lunch_the_board_says_so(day: Day, screen: FlaskClient) -> None:
    with write_tx() as session:
        session.merge(day.service).is_open = False
    page = screen.get("/kitchen/")
    assert page.status_code == 200
    assert "No lunch is planned." in page.text
    assert screen.get("/kitchen/board").status_code == 200


def test_a_chosen_day_without_a_lunch_is_not_found(screen: FlaskClient) -> None:
    for wrong in ("2026-11-29", "yesterday", "2026-W48-2", ""):
        assert screen.get(f"/kitchen/?date={wrong}").status_code == 404, wrong


def test_a_screen_of_yesterday_is_sent_to_the_day_that_is_next(screen: FlaskClient) -> None:
    answer = screen.get("/kitchen/board?showing=2026-11-23")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/kitchen/")
    assert screen.get("/kitchen/board?showing=2026-11-24").status_code == 200


def test_the_production_sheet_lists_dishes_bags_and_allergens_by_departure(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order("Nadia", carbonade=2, salad=1)
    day.cancel(day.order("Louise"))
    page = screen.get("/kitchen/2026-11-24/production").text
    for words in (
        "Nadia",
        "gluten, celery",
        "<b>2</b> × Carbonade flamande",
        "Take-away",
    ):
        assert words in page
    assert f"</svg>{order.number}</td>" in page
    assert "Louise" not in page
    assert production_sheet(orders_of(db.session(), day.service)).portions == 3


def test_names_and_notes_are_escaped(day: Day, screen: FlaskClient) -> None:
    day.order("<script>alert(1)</script>")
    for path in ("/kitchen/", "/kitchen/2026-11-24/production"):
        assert "<script>alert" not in screen.get(path).text


def test_the_board_is_the_kitchen_s(day: Day) -> None:
    assert day.app.test_client().get("/kitchen/").status_code == 303
    assert day.signed_in("rider").get("/kitchen/").status_code == 403
    assert day.signed_in("manager").get("/kitchen/").status_code == 200
