"""From an empty database to the first order, by the links of the office's first page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from locomotive.accounts.signin import sign_in
from locomotive.core.base import Base
from locomotive.core.clock import clock, instant
from locomotive.core.db import db, write_tx
from locomotive.ordering.order import Order
from locomotive.places.address import KnownAddress, Place
from locomotive.service.fleet import Shift, Tricycle, shifts_of
from locomotive.service.service import Service
from locomotive.service.slot import Slot
from tests.service_day import DATE, Browser, Day, leave, new_app
from tests.shop_day import shown_on, words

NOW = instant(DATE, time(8))
HOURS = "No slot for deliveries lies in the hours of a tricycle"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A house that has nothing yet."""
    app = new_app(tmp_path)
    app.test_client_class = Browser
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        leave(app)


@pytest.fixture
def manager(empty: Flask) -> FlaskClient:
    with write_tx() as session:
        token = sign_in(session, role="manager", label="manager", now=NOW)
    client = empty.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    client.set_cookie("language", "en")
    return client


def links(page: str) -> dict[str, str]:
    """The steps that are still to do, with their pages."""
    part = re.search(r'<section aria-labelledby="first-steps".*?</section>', page, re.S)
    found = re.findall(r'<a href="([^"]+)">(.*?)</a>', part[0], re.S) if part else []
    return {unescape(words_).strip(): url for url, words_ in found}


class Walk:
    """A manager who follows links and sends forms; counts the pages that were loaded."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.loads, self.page = client, 0, ""

    def open(self, url: str) -> str:
        answer = self.client.get(url)
        assert answer.status_code == 200, url
        self.loads += 1
        self.page = answer.text
        return self.page

    def send(self, url: str, **form: object) -> str:
        answer = self.client.post(url, data=form)
        assert answer.status_code == 303, words(answer)
        return self.open(answer.location)


def test_eight_pages_lead_from_nothing_to_the_first_order(manager: FlaskClient) -> None:
    walk = Walk(manager)
    steps = links(walk.open("/office/"))
    assert list(steps) == [
        "Prepare a lunch",
        "Add a tricycle, to deliver",
        "Name a place where you deliver",
        "Add a dish, and say which allergens it contains",
        "Write how many portions there are, and publish the menu",
        "Open the lunch",
        "See the menu as customers do, and order",
    ]
    steps = links(walk.send("/office/service/", date=str(DATE), open="1"))
    assert "Prepare a lunch" not in steps
    assert "Open the lunch" not in steps
    assert "All is well." not in walk.page
    walk.open(steps["Add a dish, and say which allergens it contains"])
    walk.send("/office/dishes/new", **dish_form(walk.page))
    menu = walk.open(steps["Write how many portions there are, and publish the menu"])
    portions = re.findall(r'name="(portions-\d+)"', menu)[0]
    walk.send(f"/office/menu/{DATE}/publish", **{portions: "10"})
    shop = walk.open(f"/menu/{DATE}")
    step = re.findall(r'name="(step-\d+)"', shop)[0]
    walk.client.post("/basket", data={"date": str(DATE), step: "1"})
    answer = walk.client.get(f"/order?day={DATE}")
    walk.loads += 1
    assert 'id="kind-delivery"' not in answer.text
    sent = walk.client.post(
        "/order",
        data={
            "key": re.findall(r'name="key"[^>]*value="([^"]+)"', answer.text)[0],
            "day": str(DATE),
            "kind": "take-away",
            "slot": re.findall(r'name="slot" value="(\d+)"', answer.text)[0],
            "first_name": "Samira",
            "phone": "06 12 34 56 78",
            "shown": shown_on(answer),
        },
    )
    assert sent.status_code == 303, words(sent)
    assert walk.loads <= 8
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Order)) == 1
    assert links(walk.open("/office/")) == {}


def dish_form(page: str) -> dict[str, str]:
    """A dish with all fourteen allergens answered, as the form asks."""
    form = dict.fromkeys(re.findall(r'name="(allergen-[a-z]+)"', page), "no")
    return form | {
        "name": "Soupe de potiron",
        "family": "soup",
        "price_cents": "5,50",
        "vat_bp": "1000",
        "is_hot": "True",
        "is_vegetarian": "y",
        "has_meat": "False",
    }


def test_the_first_tricycle_rides_in_a_lunch_that_was_prepared_before(
    manager: FlaskClient,
) -> None:
    Walk(manager).send("/office/service/", date=str(DATE), open="1")
    service = db.session.scalars(select(Service)).one()
    assert shifts_of(db.session(), service) == []
    form = {"name": "red", "capacity_boxes": "12", "usual_start": "11:00", "usual_end": "14:00"}
    Walk(manager).send("/office/tricycles/new", **form, is_active="y")
    db.session.rollback()
    assert [s.tricycle.name for s in shifts_of(db.session(), service)] == ["red"]
    assert db.session.scalar(select(func.count()).select_from(Tricycle)) == 1


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([update(Shift).values(is_off=True)], "No tricycle rides on that day"),
        ([delete(Place), delete(KnownAddress)], "No place is named and no address is known"),
        ([update(Shift).values(starts_at=NOW, ends_at=NOW + timedelta(hours=1))], HOURS),
        ([delete(Slot).where(Slot.kind == "delivery")], HOURS),
        ([update(Slot).where(Slot.kind == "delivery").values(is_closed=True)], "Delivery: no slot"),
        ([update(Slot).where(Slot.kind == "take-away").values(capacity=0)], "Take-away: no slot"),
        ([delete(Slot).where(Slot.kind == "take-away")], "Take-away: no slot is free."),
        ([update(Slot).values(capacity_portions=0)], "Every slot is full."),
    ],
)
def test_all_is_not_well_while_something_asked_for_is_impossible(
    day: Day, office: FlaskClient, statements: list, said: str
) -> None:
    assert "All is well." in office.get("/office/").text
    with write_tx() as session:
        for statement in statements:
            session.execute(statement)
    page = office.get("/office/").text
    assert said in page
    assert "All is well." not in page
