"""Practising: the real screens on a copy; nothing real is touched."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from locomotive.core.db import db
from tests.service_day import Day


def everything(day: Day) -> list[object]:
    """What the house's database holds of orders, lines, events, portions."""
    db.session.rollback()
    return [
        db.session.execute(text(f"SELECT * FROM {table} ORDER BY id")).all()
        for table in ("customer_order", "order_line", "order_event", "portion", "slot", "service")
    ]


@pytest.fixture
def learner(day: Day, screen: FlaskClient) -> FlaskClient:
    for name in ("Anne", "Bernard", "Chloé", "Denis", "Estelle"):
        day.order(name, phone="06 11 22 33 44", carbonade=1, soup=1)
    assert screen.post("/kitchen/practice/").headers["Location"] == "/kitchen/practice/cook"
    return screen


def test_a_newcomer_cooks_bags_and_undoes_without_touching_anything_real(
    day: Day, learner: FlaskClient
) -> None:
    before = everything(day)
    page = learner.get("/kitchen/practice/pack").text
    assert "/kitchen/practice/orders/1/step" in page
    step = "/kitchen/practice/orders/1/step?page=pack"
    answer = learner.post(step, data={"seen": "placed", "to": "ready"})
    assert answer.headers["Location"] == "/kitchen/practice/pack"
    assert learner.post(step, data={"seen": "placed", "to": "ready"}).status_code == 409
    assert learner.post(step, data={"seen": "ready", "to": "placed"}).status_code == 303
    share = {"share": "slot-1", "portion_id": 1, "portions": 1, "seen": 0}
    cooked = learner.post("/kitchen/practice/cook/1/finish?page=cook", data=share)
    assert cooked.status_code in (303, 409)
    assert everything(day) == before


def test_the_control_the_same_press_in_the_kitchen_is_real(day: Day, learner: FlaskClient) -> None:
    before = everything(day)
    learner.post("/kitchen/orders/1/step", data={"seen": "placed", "to": "ready"})
    assert everything(day) != before


def test_the_copy_names_nobody_and_says_that_it_is_practice(day: Day, learner: FlaskClient) -> None:
    for page in ("cook", "pack", "hand-over"):
        text_ = learner.get(f"/kitchen/practice/{page}").text
        assert "is-practice" in text_
        assert "Practice" in text_
        assert "Bernard" not in text_
        assert f"/kitchen/practice/{page.replace('-', '_')}/board" in text_
    copy = next((day.app.extensions["settings"].instance / "practice").glob("*.db"))
    assert b"06 11 22 33 44" not in copy.read_bytes()


def test_an_exception_and_a_cancellation_are_there_to_learn(learner: FlaskClient) -> None:
    page = learner.get("/kitchen/practice/pack").text
    assert "is-exception" in page
    assert "is-cancelled" in page


def test_the_guidance_fades_with_each_act_or_is_chosen(learner: FlaskClient) -> None:
    def guidance() -> str:
        page = learner.get("/kitchen/practice/pack").text
        return next(level for level in ("shown", "hinted", "none") if f"guide-{level}" in page)

    assert guidance() == "shown"
    for _ in range(3):
        for seen, to in (("placed", "ready"), ("ready", "placed")):
            data = {"seen": seen, "to": to}
            learner.post("/kitchen/practice/orders/1/step", data=data)
    assert guidance() == "hinted"
    learner.post("/kitchen/practice/guidance", data={"level": "none"})
    assert guidance() == "none"


def test_before_the_first_lunch_a_made_up_one_is_there_to_practise_on(
    day: Day, screen: FlaskClient
) -> None:
    before = everything(day)
    assert screen.get("/kitchen/practice/cook").status_code == 303
    assert screen.post("/kitchen/practice/").status_code == 303
    assert "Carbonade flamande" in screen.get("/kitchen/practice/cook").text
    page = screen.get("/kitchen/practice/pack").text
    for sign in ("is-exception", "is-cancelled", "has-changed", "Practice"):
        assert sign in page, sign
    assert everything(day) == before


def test_beginning_anew_forgets_what_was_done(day: Day, learner: FlaskClient) -> None:
    step = "/kitchen/practice/orders/1/step?page=pack"
    learner.post(step, data={"seen": "placed", "to": "ready"})
    learner.post("/kitchen/practice/")
    assert learner.post(step, data={"seen": "placed", "to": "ready"}).status_code == 303
