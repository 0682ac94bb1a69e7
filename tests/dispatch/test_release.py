"""Releasing a round, and saying that it has left."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from locomotive.core.db import write_tx
from locomotive.core.tasks import MAKE_PAPERS, MAKE_SHEET
from locomotive.ordering.order import Order
from locomotive.ordering.step import move_on
from locomotive.rounds.round import Round
from tests.by_hand import move
from tests.service_day import Day

PAGE = "/delivery/2026-11-24/"


def release(client: FlaskClient, round_: Round, *, seen: str | None = None) -> TestResponse:
    data = {"seen": round_.stamp if seen is None else seen}
    return client.post(f"{PAGE}rounds/{round_.number}/release", data=data)


def make_ready(day: Day, order: Order) -> None:
    with write_tx() as session:
        move_on(
            session,
            session.get_one(Order, order.id),
            to="ready",
            seen="placed",
            device="kitchen",
            now=day.at(11),
        )


def test_a_released_round_stays_and_its_sheet_is_asked_for(
    day: Day, manager: FlaskClient, asked: list[tuple[object, ...]]
) -> None:
    day.order(to="school")
    (round_,) = day.lay(["school"])
    assert release(manager, round_).status_code == 303
    (round_,) = day.rounds()
    assert round_.released_at == day.at(10)
    assert asked == [(MAKE_SHEET, round_.id, "en"), (MAKE_PAPERS, 1, "en")]
    page = manager.get(PAGE).text
    assert "released" in page
    assert "It has left" in page
    assert f'action="{PAGE}amend' not in page


def test_a_round_is_released_once(
    day: Day, manager: FlaskClient, asked: list[tuple[object, ...]]
) -> None:
    day.order(to="school")
    (round_,) = day.lay(["school"])
    release(manager, round_)
    again = release(manager, round_)
    assert again.status_code == 409
    assert "Round 1 is released: its sheet is out" in again.text
    assert [task for task, *_ in asked] == [MAKE_SHEET, MAKE_PAPERS]


def test_a_round_that_was_planned_anew_is_not_released_unseen(
    day: Day, manager: FlaskClient
) -> None:
    day.order(to="school")
    (round_,) = day.lay(["school"])
    answer = release(manager, round_, seen="an older plan")
    assert answer.status_code == 409
    assert not day.rounds()[0].is_released


def test_a_round_without_orders_is_not_released(day: Day, manager: FlaskClient) -> None:
    order = day.order(to="school")
    (round_,) = day.lay(["school"])
    day.cancel(order)
    answer = release(manager, round_)
    assert answer.status_code == 409
    assert "nothing to carry" in answer.text


def test_a_released_stop_cannot_be_moved(day: Day, manager: FlaskClient) -> None:
    day.order(to="school")
    (round_,) = day.lay(["school"])
    release(manager, round_)
    stop = day.rounds()[0].stops[0]
    answer = move(manager, stop, 1)
    assert answer.status_code == 409
    assert "is released" in answer.text


def test_a_round_that_left_takes_what_is_ready_and_says_what_stayed(
    day: Day, manager: FlaskClient, rider: FlaskClient
) -> None:
    ready, late = day.order("Nadia", to="school"), day.order("Paul", to="school")
    (round_,) = day.lay(["school"])
    path = f"{PAGE}rounds/1/left"
    assert "not released yet" in rider.post(path).text
    release(manager, round_)
    assert "no bag is ready" in rider.post(path).text
    make_ready(day, ready)
    answer = rider.post(path, follow_redirects=True)
    assert answer.status_code == 200
    assert "Round 1 is on its way. 1 bag was not ready." in answer.text
    assert (day.status(ready), day.status(late)) == ("left", "placed")


def test_an_unknown_round_is_not_found(day: Day, manager: FlaskClient) -> None:
    day.order(to="school")
    for number in (0, 7, 99999, 2**63):
        for path in ("release", "left"):
            url = f"{PAGE}rounds/{number}/{path}"
            assert manager.post(url, data={"seen": ""}).status_code == 404, url
