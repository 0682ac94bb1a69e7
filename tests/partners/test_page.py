"""A partner asks, sees the promise, cancels and sees it done, by a link and by a key."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from locomotive.accounts.rate import Rate
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.partners import promising
from locomotive.partners.promising import ASKS_PER_HOUR
from locomotive.partners.statement import statement_of
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from locomotive.shipments.partner import end_partner_access
from locomotive.shipments.shipment import Shipment, bring_to
from tests.partner_day import access, promised, shipment, the_partner
from tests.service_day import Day

WANTED = {
    "key": "a page's key",
    "start": "Médiathèque",
    "end": "École Pantigny",
    "goods": "Baskets",
    "crates": "2",
    "kilos": "18",
    "day": "2026-11-24",
    "starts": "11:15",
    "ends": "13:30",
}


def visitor(day: Day) -> FlaskClient:
    client = day.app.test_client()
    client.set_cookie("language", "en")
    return client


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Shipment.id))) or 0


def test_the_page_asks_shows_the_promise_and_cancels(one_farm: Day) -> None:
    farm, link = visitor(one_farm), f"/p/{access('page')}"
    assert "€2.50" in farm.get(link).text
    answer = farm.post(f"{link}/shipments", data=WANTED)
    assert answer.status_code == 303
    page = farm.get(link).text
    assert "Médiathèque → École Pantigny" in page
    assert "promised" in page
    farm.post(f"{link}/shipments", data=WANTED)  # a second touch
    assert count() == 1
    code = db.session.scalars(select(Shipment.code)).one()
    assert farm.post(f"{link}/shipments/{code}/cancel").status_code == 303
    assert shipment(code).state == "cancelled"


def test_what_cannot_be_had_is_answered_with_times_to_press(one_farm: Day) -> None:
    farm, link = visitor(one_farm), f"/p/{access('page')}"
    early = WANTED | {"starts": "09:30", "ends": "10:30"}
    answer = farm.post(f"{link}/shipments", data=early)
    assert answer.status_code == 409
    assert answer.text.count('name="starts" value="') >= 3
    assert count() == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"end": "5 rue qui n’existe pas"}, "We do not know this address"),
        ({"end": "Médiathèque"}, "Both addresses are the same place"),
        ({"crates": "0"}, "crates"),
        ({"day": "2026-13-01"}, "Choose a day"),
        ({"ends": "11:20"}, "from 15 minutes to 8 hours"),
        ({"day": "2027-11-24"}, "14 days ahead"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(
    one_farm: Day, wrong: dict[str, str], said: str
) -> None:
    farm, link = visitor(one_farm), f"/p/{access('page')}"
    answer = farm.post(f"{link}/shipments", data=WANTED | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert count() == 0


def test_an_ended_or_invented_link_opens_nothing(one_farm: Day) -> None:
    farm, token = visitor(one_farm), access("page")
    assert farm.get(f"/p/{token}").status_code == 200
    with write_tx() as session:
        end_partner_access(session, the_partner(), "page", now=clock.now())
    assert farm.get(f"/p/{token}").status_code == 404
    assert farm.get("/p/invented").status_code == 404
    key = access("key")
    assert farm.get(f"/p/{key}").status_code == 404  # a key is no link


def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def sent(**changes: object) -> dict[str, object]:
    whole = {name: value for name, value in WANTED.items() if name not in ("start", "end")}
    whole |= {"from": WANTED["start"], "to": WANTED["end"], "crates": 2, "kilos": 18}
    return {**whole, **changes}


def test_a_program_asks_by_its_key_and_follows_what_becomes_of_it(one_farm: Day) -> None:
    client, key = visitor(one_farm), access("key")
    answer = client.post("/api/partner/shipments", json=sent(), headers=headers(key))
    assert answer.status_code == 201
    facts = answer.json or {}
    assert (facts["state"], facts["price_cents"]) == ("promised", 2 * 250 + 18 * 10)
    again = client.post("/api/partner/shipments", json=sent(), headers=headers(key))
    assert (again.json or {})["code"] == facts["code"]
    other = client.post("/api/partner/shipments", json=sent(crates=1), headers=headers(key))
    assert (other.status_code, (other.json or {})["title"]) == (422, "KeyReused")
    assert other.mimetype == "application/problem+json"
    where = answer.headers["Location"]
    assert (client.get(where, headers=headers(key)).json or {})["state"] == "promised"
    client.post(f"{where}/cancel", headers=headers(key))
    listed = client.get("/api/partner/shipments", headers=headers(key)).json or {}
    assert [one["state"] for one in listed["shipments"]] == ["cancelled"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"crates": "2"}, "crates"),
        ({"crates": True}, "crates"),
        ({"kilos": 501}, "kilos"),
        ({"key": ""}, "key"),
        ({"goods": "x" * 201}, "goods"),
        ({"day": "24/11/2026"}, "day"),
        ({"starts": "25:00"}, "starts"),
        ({"from": None}, "from"),
        ({"to": "nowhere at all"}, "to"),
    ],
)
def test_a_problem_names_the_field(one_farm: Day, wrong: dict[str, object], field: str) -> None:
    client, key = visitor(one_farm), access("key")
    answer = client.post("/api/partner/shipments", json=sent(**wrong), headers=headers(key))
    assert answer.status_code == 422
    assert (answer.json or {})["field"] == field


def test_bodies_that_are_no_request_and_keys_that_are_none_are_problems(one_farm: Day) -> None:
    client, key = visitor(one_farm), access("key")
    for body in ("[]", "{", "null", '"text"', ""):
        answer = client.post(
            "/api/partner/shipments",
            data=body,
            headers=headers(key),
            content_type="application/json",
        )
        assert answer.status_code == 422
    for wrong in ({}, headers("invented"), {"Authorization": key}, headers(access("page"))):
        answer = client.post("/api/partner/shipments", json=sent(), headers=wrong)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_impossible_window_is_a_problem_with_the_nearest_times(one_farm: Day) -> None:
    client, key = visitor(one_farm), access("key")
    early = sent(starts="09:30", ends="10:30")
    answer = client.post("/api/partner/shipments", json=early, headers=headers(key))
    assert answer.status_code == 409
    assert len((answer.json or {})["possible"]) == 3


def test_who_asks_a_thousand_times_is_told_to_wait_and_costs_no_question(
    one_farm: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, key = visitor(one_farm), access("key")
    questions = []

    def answered(*_of: object) -> object:
        questions.append(1)
        raise promising.NoWindow(promising.Window(clock.now(), clock.now()), [])

    monkeypatch.setattr(promising, "_answered", answered)
    codes = [
        client.post(
            "/api/partner/shipments", json=sent(key=f"k{n}"), headers=headers(key)
        ).status_code
        for n in range(1000)
    ]
    assert codes == [409] * ASKS_PER_HOUR + [429] * (1000 - ASKS_PER_HOUR)
    assert len(questions) == ASKS_PER_HOUR
    # What is refused writes nothing, not even a count.
    tries = db.session.scalars(select(Rate.tries).where(Rate.name.like("shipments:%"))).one()
    assert tries == ASKS_PER_HOUR


def test_the_sheet_the_phone_and_the_desk_say_what_is_fetched_and_brought(
    one_farm: Day, manager: FlaskClient
) -> None:
    found = promised(one_farm)
    [round_] = one_farm.plan()
    with write_tx() as session:
        mine = session.get_one(Round, round_.id)
        release(session, mine, seen=mine.stamp, now=one_farm.at(10))
    plan = manager.get("/delivery/2026-11-24/").text
    assert "to fetch: 2 crates" in plan
    assert "to hand over: 2 crates" in plan
    sheet = manager.get(f"/delivery/2026-11-24/rounds/{round_.number}/sheet").text
    for said in ("to fetch: 2 crates", "to hand over: 2 crates", "Ferme des Hauts", "Baskets"):
        assert said in sheet
    phone_link = plan.split('href="/r/')[1].split('"')[0]
    phone = manager.get(f"/r/{phone_link}").text
    assert f'data-end="fetch-{found.code}"' in phone
    assert "to hand over: 2 crates" in phone
    ticks = manager.get(f"/delivery/2026-11-24/rounds/{round_.number}/ticks")
    assert ticks.status_code == 200


def test_the_partner_reads_when_it_was_delivered_and_its_month_adds_up(one_farm: Day) -> None:
    for key, kilos in (("one", 18), ("two", 7)):
        found = promised(one_farm, key=key, kilos=kilos, crates=1)
        with write_tx() as session:
            ours = session.get_one(Shipment, found.id)
            bring_to(session, ours, "delivered", now=one_farm.at(10, 42))
    promised(one_farm, key="three", crates=1)  # only promised: not owed
    farm, link = visitor(one_farm), f"/p/{access('page')}"
    assert "delivered at 10:42" in farm.get(link).text
    whole = statement_of(db.session(), the_partner(), one_farm.date.replace(day=1))
    assert (whole.kilos, whole.stops, whole.cents) == (25, 4, 4 * 250 + 25 * 10)
    assert "€12.50" in farm.get(f"{link}/statements/2026-11").text
    table = farm.get(f"{link}/statements/2026-11.csv").data.decode("utf-8-sig").splitlines()
    assert len(table) == 3
    assert "€12.50" not in farm.get(f"{link}/statements/2026-10").text
    assert farm.get(f"{link}/statements/nothing").status_code == 404


def test_the_office_makes_a_partner_its_link_and_its_key_and_ends_them(
    one_farm: Day, manager: FlaskClient
) -> None:
    new = {"name": "École", "stop_cents": "3,00", "kilo_cents": "0,20", "is_active": "y"}
    answer = manager.post("/office/partners/new", data=new)
    assert answer.status_code == 303
    where = answer.headers["Location"]
    assert manager.post("/office/partners/new", data=new).status_code == 422  # the name is taken
    for kind in ("page", "key"):
        assert manager.post(f"{where}/{kind}", data={"key": kind}).status_code == 303
    page = manager.get(where).text
    link = "/p/" + page.split("/p/")[1].split('"')[0]
    assert visitor(one_farm).get(link).status_code == 200
    manager.post(f"{where}/page/end")
    assert visitor(one_farm).get(link).status_code == 404
    assert "École" in manager.get("/office/partners").text
