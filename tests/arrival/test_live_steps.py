"""An order's page follows its steps: asked again it answers by a mark, for one question."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.status import Status
from locomotive.ordering.order import Order, order_token
from locomotive.ordering.step import move_on
from tests.service_day import SECRET, Day


def page_of(order: Order) -> str:
    return f"/o/{order_token(SECRET, order.idempotency_key)}"


def test_the_same_steps_are_a_mark_and_one_question(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    client, path = day.app.test_client(), f"{page_of(day.order('Nadia', to='school'))}/arrival"
    first = client.get(path)
    asked: list[str] = []

    def note(*args: object) -> None:
        if str(args[2]) != "BEGIN":
            asked.append(str(args[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    same = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    event.remove(db.engine, "before_cursor_execute", note)
    assert (same.status_code, same.text) == (304, "")
    assert len(asked) == 1
    # On the way each minute may say another arrival; another language is another page.
    monkeypatch.setattr(clock, "now", lambda: day.at(10, 1))
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    client.set_cookie("language", "en")
    again = client.get(path)
    assert again.headers["ETag"] != first.headers["ETag"]


def test_a_step_is_told_and_what_else_changed_shows_the_page_anew(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    order = day.order("Nadia")
    client, path = day.app.test_client(), f"{page_of(order)}/arrival"
    seen = [client.get(path)]
    for to in (Status.STARTED, Status.READY):
        with write_tx() as session:
            ours = session.get_one(Order, order.id)
            move_on(session, ours, to=to, seen=ours.status, device="kitchen", now=day.at(10))
        mark = {"If-None-Match": seen[-1].headers["ETag"]}
        seen.append(client.get(path, headers=mark))
    assert [answer.status_code for answer in seen] == [200] * 3
    rests = [answer.text.split('data-rest="')[1].split('"')[0] for answer in seen]
    # Once it is cooked it can no longer be cancelled; then only the steps move.
    assert rests[0] != rests[1] == rests[2]
    now = [answer.text.split('aria-current="step"')[1].split("</li>")[0] for answer in seen]
    assert ["commandé" in now[0], "en cuisine" in now[1], "prête" in now[2]] == [True] * 3


def test_without_scripts_a_press_looks_again(day: Day) -> None:
    path = page_of(day.order("Nadia"))
    page = day.app.test_client().get(path).text
    [link] = [part.split("</noscript>")[0] for part in page.split("<noscript>")[1:]]
    assert f'href="{path}"' in link


def test_an_unknown_order_has_no_steps(day: Day) -> None:
    assert day.app.test_client().get(f"/o/{'x' * 32}/arrival").status_code == 404
