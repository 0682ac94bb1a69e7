"""The board's ETag changes with everything that the board shows, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from locomotive.core.db import db, write_tx
from locomotive.rounds.release import release
from locomotive.rounds.round import rounds_of
from tests.service_day import Day


def etag(client: FlaskClient) -> str:
    return client.get("/kitchen/board").headers["ETag"]


def place(day: Day, _screen: FlaskClient) -> None:
    day.order()


def press(_day: Day, screen: FlaskClient) -> None:
    screen.post("/kitchen/orders/1/step", data={"seen": "placed", "to": "ready"})


def take_back(day: Day, screen: FlaskClient) -> None:
    press(day, screen)
    before = etag(screen)
    screen.post("/kitchen/orders/1/step", data={"seen": "ready", "to": "placed"})
    assert etag(screen) != before


def cancel(day: Day, _screen: FlaskClient) -> None:
    day.cancel(day.order())


def plan(day: Day, _screen: FlaskClient) -> None:
    day.plan()


def plan_and_release(day: Day, screen: FlaskClient) -> None:
    (round_,) = day.plan()
    before = etag(screen)
    with write_tx() as session:
        (round_,) = rounds_of(session, day.service)
        release(session, round_, seen=round_.stamp, now=day.at(10))
    db.session.rollback()
    assert etag(screen) != before


@pytest.mark.parametrize("change", [place, press, take_back, cancel, plan, plan_and_release])
def test_every_change_of_the_orders_changes_the_etag(
    day: Day, screen: FlaskClient, change: Callable[[Day, FlaskClient], None]
) -> None:
    day.order(to="school")
    before = etag(screen)
    change(day, screen)
    assert etag(screen) != before


def test_an_unchanged_board_answers_304_without_a_body(day: Day, screen: FlaskClient) -> None:
    day.order()
    tag = etag(screen)
    for asked in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        answer = screen.get("/kitchen/board", headers={"If-None-Match": asked})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
    stale = screen.get("/kitchen/board", headers={"If-None-Match": '"other"'})
    assert stale.status_code == 200


def test_another_language_is_another_board(day: Day, screen: FlaskClient) -> None:
    before = etag(screen)
    screen.set_cookie("language", "fr")
    assert etag(screen) != before


def test_a_refused_press_leaves_the_etag(day: Day, screen: FlaskClient) -> None:
    day.order()
    before = etag(screen)
    screen.post("/kitchen/orders/1/step", data={"seen": "ready", "to": "placed"})
    assert etag(screen) == before


def test_a_compressed_board_is_known_again(day: Day, screen: FlaskClient) -> None:
    day.order(to="school")
    accepts = {"Accept-Encoding": "gzip"}
    first = screen.get("/kitchen/board", headers=accepts)
    assert first.headers["Content-Encoding"] == "gzip"
    again = screen.get(
        "/kitchen/board", headers={**accepts, "If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304
    assert first.headers["ETag"] == etag(screen)
