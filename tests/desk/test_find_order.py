"""The office finds any order; indexes answer, however many there are."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from locomotive.core.db import db, write_tx
from locomotive.core.status import Status
from locomotive.ordering import search
from locomotive.ordering.order import Order
from locomotive.ordering.search import PAGE, Sought, beginning_so, find_orders, newest
from tests.service_day import DATE, Day

INDEXES = {
    "name": (Sought("samira"), "name_key"),
    "place": (Sought("mairie"), "place_key"),
    "phone": (Sought("06 12 34"), "phone_key"),
    "mail address": (Sought("samira@"), "email_key"),
    "number": (Sought("17"), "number"),
    "state": (Sought(status=Status.CANCELLED), "status"),
    "day": (Sought(day=DATE), "service_status"),
}


def names(sought: Sought) -> list[str]:
    db.session.rollback()
    return [order.first_name for order in find_orders(db.session(), sought)[0]]


@pytest.fixture
def orders(day: Day) -> list[Order]:
    return [
        day.order("Émilie-Rose", phone="06 12 34 56 78", email="Émilie@example.org"),
        day.order("Samira", to="town hall", phone="+32 470 12 34 56"),
        day.order("Łukasz", to="library", slot=(12, 15), phone="06 99 00 00 01"),
    ]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("emilie", ["Émilie-Rose"]),
        ("ÉMILIE ROSE", ["Émilie-Rose"]),
        ("mairie", ["Samira"]),
        ("mairie d'oignies", ["Samira"]),
        ("06 12 34", ["Émilie-Rose"]),
        ("+33 6 12 34 56 78", ["Émilie-Rose"]),
        ("0032 470", ["Samira"]),
        ("3", ["Łukasz"]),
        ("émilie@example.org", ["Émilie-Rose"]),
        ("ÉMILIE@", ["Émilie-Rose"]),
        ("nobody@example.org", []),
        ("@example.org", []),
        ("rose", []),  # no part of the middle: a name is looked for by its beginning
        ("%", ["Łukasz", "Samira", "Émilie-Rose"]),  # signs say nothing
        ("nobody", []),
        ("٣", []),
    ],
)
def test_an_order_is_found_by_what_a_caller_says(
    orders: list[Order], typed: str, found: list[str]
) -> None:
    assert names(Sought(typed)) == found


def test_day_and_state_narrow_what_is_found(day: Day, orders: list[Order]) -> None:
    day.cancel(orders[0])
    assert names(Sought(status=Status.CANCELLED)) == ["Émilie-Rose"]
    assert names(Sought("samira", status=Status.CANCELLED)) == []
    assert len(names(Sought(day=DATE))) == 3
    assert names(Sought(day=DATE.replace(year=2020))) == []


def test_older_orders_come_after_a_full_page(day: Day) -> None:
    for rank in range(PAGE + 2):
        day.order(f"Guest {rank}", slot=(11, 30) if rank % 2 else (12, 0))
    first, has_older = find_orders(db.session(), Sought("guest"))
    rest, has_oldest = find_orders(db.session(), Sought("guest", before=first[-1].id))
    assert has_older
    assert not has_oldest
    assert [o.first_name for o in rest] == ["Guest 1", "Guest 0"]


@pytest.mark.parametrize("what", INDEXES)
def test_an_index_answers_each_question(both: Day, what: str) -> None:
    sought, index = INDEXES[what]
    plan = plan_of(sought)
    assert f"ix_customer_order_{index}" in plan
    assert "SCAN customer_order" not in plan
    assert "Seq Scan on customer_order" not in plan
    # The control: without the index the plan is another.
    with write_tx() as session:
        session.execute(text(f"DROP INDEX ix_customer_order_{index}"))
    db.session.remove()
    db.engine.dispose()  # a connection keeps the plan of a question that it knows
    assert f"ix_customer_order_{index}" not in plan_of(sought)


def plan_of(sought: Sought) -> str:
    """How the database would answer, in its own words."""
    db.session.rollback()
    asked = beginning_so(sought) if sought.beginnings and sought.number is None else None
    query = newest(db.session(), sought) if asked is None else asked
    sentence = query.compile(db.engine, compile_kwargs={"literal_binds": True})
    is_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection:
        if not is_sqlite:  # it reads a small table whole, because that is quicker
            connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        rows = connection.exec_driver_sql(f"{explain} {sentence}".replace("%", "%%"))
        return "\n".join(str(row[-1]) for row in rows)


def test_what_many_orders_have_is_found_as_well(
    orders: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "COMMON", 0)
    assert names(Sought("emilie")) == ["Émilie-Rose"]
    assert names(Sought("mairie", day=DATE, status=Status.PLACED)) == ["Samira"]
    assert names(Sought("06")) == ["Łukasz", "Émilie-Rose"]


def test_the_address_holds_the_question_and_the_page_leads_to_the_order(
    office: FlaskClient, orders: list[Order]
) -> None:
    page = office.get(f"/office/orders?q=samira&day={DATE}&state=placed")
    assert 'value="samira"' in page.text
    assert f'value="{DATE}"' in page.text
    assert f"/office/orders/{orders[1].id}" in page.text
    assert f"/office/orders/{orders[0].id}" not in page.text


def test_a_day_that_is_none_is_said(office: FlaskClient, orders: list[Order]) -> None:
    page = office.get("/office/orders?day=tomorrow")
    assert "Write a day as 2026-11-24" in page.text


def test_what_is_sought_stands_in_no_log(
    office: FlaskClient, orders: list[Order], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        office.get("/office/orders?q=samira")
    assert "samira" not in caplog.text.lower()


def test_the_kitchens_hand_over_leads_a_manager_here(day: Day, office: FlaskClient) -> None:
    day.order("Samira")
    address = f"/office/orders?q=sam&amp;day={DATE}"
    assert address in office.get("/kitchen/hand-over?find=sam").text
    assert "/office/orders" not in day.signed_in("kitchen").get("/kitchen/hand-over").text
