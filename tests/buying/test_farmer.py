"""The farmer's page: by link alone, without an account and without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from locomotive.buying.note import DeliveryNote
from locomotive.buying.offer import SupplyOffer
from locomotive.buying.purchase import Purchase, Terms, order_packs
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.farm.supplier import LINK_LASTS, Supplier, renew_link, revoke_links, token_of
from tests.farm_day import GROCER, kg, lot, offer_menu, pack, recipe, supplier
from tests.office_day import error_at
from tests.service_day import DATE, SECRET, Day


@pytest.fixture
def at(day: Day, monkeypatch: pytest.MonkeyPatch) -> Day:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    return day


def link_of(day: Day, who: Supplier | None = None) -> str:
    who = who or supplier()
    with write_tx() as session:
        link = renew_link(session, who, secret=SECRET, now=day.at(7))
    return f"/f/{token_of(link, secret=SECRET)}"


def phone(day: Day) -> FlaskClient:
    client = day.app.test_client()
    client.set_cookie("language", "en")
    return client


def ordered(day: Day, packs: dict[int, int], who: Supplier | None = None) -> Purchase:
    with write_tx() as session:
        return order_packs(session, who or supplier(), packs, Terms(DATE), now=day.at(7))


def test_he_offers_a_range_in_his_own_units(at: Day) -> None:
    crate = pack("leeks", "crate", 8)
    page = link_of(at)
    answer = phone(at).post(
        f"{page}/offers",
        data={"pack_id": crate.id, "quantity": "2 à 3", "from_day": DATE.isoformat()},
    )
    assert answer.status_code == 303
    db.session.rollback()
    made = db.session.scalars(select(SupplyOffer)).one()
    assert (made.low, made.high, made.sure, made.hoped) == (2000, 3000, kg(16), kg(8))
    assert "2–3 × leeks, crate of 8 kg" in phone(at).get(page).text


@pytest.mark.parametrize("quantity", ["", "-5", "30-20", "beaucoup", "1e9", "0", "٣"])
def test_a_quantity_that_is_none_is_said_at_its_field(at: Day, quantity: str) -> None:
    crate, page = pack("leeks"), link_of(at)
    data = {"pack_id": crate.id, "quantity": quantity, "from_day": DATE.isoformat()}
    answer = phone(at).post(f"{page}/offers", data=data)
    assert answer.status_code == 422
    assert "such as 20" in error_at(answer, "quantity")
    assert db.session.scalar(select(func.count(SupplyOffer.id))) == 0


def test_an_absurd_quantity_is_asked_once_more(at: Day) -> None:
    chives, page = pack("chives"), link_of(at)
    with write_tx():
        chives.produce.kind = "herb"
    data = {"pack_id": chives.id, "quantity": "5000", "from_day": DATE.isoformat()}
    answer = phone(at).post(f"{page}/offers", data=data)
    assert answer.status_code == 422
    assert "5000 kg of chives: are you sure?" in error_at(answer, "quantity")
    assert phone(at).post(f"{page}/offers", data=data | {"sure": "y"}).status_code == 303


def test_one_tap_says_that_he_has_what_the_kitchen_wants(at: Day) -> None:
    recipe("soup", leeks=0.2)
    crate = pack("leeks", "crate", 8)
    offer_menu(at, DATE + timedelta(days=1), soup=10)
    with write_tx() as session:
        from locomotive.menu.menu import menu_of, withdraw

        withdraw(menu_of(session, DATE))  # type: ignore[arg-type]
    page = link_of(at)
    assert "1 × leeks, crate of 8 kg" in phone(at).get(page).text
    assert phone(at).post(f"{page}/offers/tap", data={"pack": crate.id}).status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(SupplyOffer)).one().low == 1000


def test_he_answers_an_order_and_its_delivery_note_comes_back(at: Day) -> None:
    crate, page = pack("leeks", "crate", 8), link_of(at)
    purchase = ordered(at, {crate.id: 4})
    line = purchase.lines[0].id
    answer = phone(at).post(f"{page}/orders/{purchase.id}", data={f"packs-{line}": "3"})
    assert answer.status_code == 303
    data = {f"packs-{line}": "3", "harvested_on": "2026-11-23", "number": "BL-7"}
    assert phone(at).post(f"{page}/orders/{purchase.id}/note", data=data).status_code == 303
    db.session.rollback()
    note = db.session.scalars(select(DeliveryNote)).one()
    assert (note.number, note.lines[0].amount, note.lines[0].harvested_on.day) == (
        "BL-7",
        kg(24),
        23,
    )
    again = phone(at).post(f"{page}/orders/{purchase.id}/note", data=data)
    assert again.status_code == 422
    assert "BL-7 of this supplier is already here" in again.text
    assert db.session.scalar(select(func.count(DeliveryNote.id))) == 1


def test_more_than_was_ordered_is_refused_at_its_field(at: Day) -> None:
    crate, page = pack("leeks", "crate", 8), link_of(at)
    purchase = ordered(at, {crate.id: 4})
    data = {f"packs-{purchase.lines[0].id}": "5"}
    answer = phone(at).post(f"{page}/orders/{purchase.id}", data=data)
    assert answer.status_code == 422
    assert "Bring between 0 and 4" in answer.text
    db.session.rollback()
    assert db.session.scalars(select(Purchase)).one().confirmed_at is None


def test_a_foreign_order_offer_or_pack_is_unknown(at: Day) -> None:
    page = link_of(at)
    other = pack("carrots", by=GROCER)
    theirs = ordered(at, {other.id: 1}, supplier(GROCER))
    client = phone(at)
    assert client.post(f"{page}/orders/{theirs.id}", data={}).status_code == 404
    assert client.post(f"{page}/orders/{theirs.id}/note", data={}).status_code == 404
    data = {"pack_id": other.id, "quantity": "1", "from_day": DATE.isoformat()}
    assert client.post(f"{page}/offers", data=data).status_code == 422
    assert client.post(f"{page}/offers/1/withdraw").status_code == 404
    assert db.session.scalar(select(func.count(SupplyOffer.id))) == 0


def test_an_ended_revoked_or_invented_link_opens_nothing(
    at: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, client = link_of(at), phone(at)
    assert client.get(page).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: at.at(7) + LINK_LASTS)
    late = client.get(page)
    assert (late.status_code, "not valid any more" in late.text) == (404, True)
    monkeypatch.setattr(clock, "now", lambda: at.at(8))
    with write_tx() as session:
        revoke_links(session, supplier(), now=at.at(8))
    assert client.get(page).status_code == 404
    assert client.get("/f/" + "x" * 32).status_code == 404


def test_a_renewed_link_ends_the_old_one(at: Day) -> None:
    old = link_of(at)
    new = link_of(at)
    client = phone(at)
    assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)


def test_the_manager_renews_and_revokes_the_link(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    address = f"/farm/suppliers/{supplier().id}"
    assert office.post(f"{address}/link").status_code == 303
    shown = re.findall(r"/f/([\w-]{32})", office.get(address).text)
    assert phone(day).get(f"/f/{shown[0]}").status_code == 200
    office.post(f"{address}/link/revoke")
    assert phone(day).get(f"/f/{shown[0]}").status_code == 404


def test_he_sees_what_was_received_and_what_was_refused(at: Day) -> None:
    page = link_of(at)
    lot(at, "leeks", 10)
    refused = lot(at, "carrots", 5)
    with write_tx():
        refused.refused_because = "rotten"
    text = phone(at).get(page).text
    assert "accepted" in text
    assert "refused: rotten" in text
