"""What the menus need beyond the stock, and the orders made of it."""

from __future__ import annotations

import math
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from locomotive.buying.offer import SupplyOffer
from locomotive.buying.proposal import packs_for, propose
from locomotive.buying.purchase import Purchase
from locomotive.buying.shortage import Shortage, shortages_between
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.farm.supplier import Pack, Supplier
from locomotive.menu.menu import menu_of, withdraw
from locomotive.menu.recipe import read_book
from locomotive.worker.mails import send_mails
from locomotive.worker.paper import make_purchase_sheet
from tests.farm_day import GROCER, kg, lot, offer_menu, pack, recipe, supplier
from tests.service_day import DATE, Day

NEXT = DATE + timedelta(days=1)


@pytest.fixture(autouse=True)
def only_tomorrow(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    with write_tx() as session:
        withdraw(menu_of(session, DATE))  # type: ignore[arg-type]


def short() -> dict[str, Shortage]:
    db.session.rollback()
    book = read_book(db.session())
    found = shortages_between(db.session(), book, DATE, DATE + timedelta(days=7))
    return {s.ingredient.name: s for s in found}


def offered(found: Pack, low: float, high: float, day: Day) -> None:
    with write_tx() as session:
        session.add(
            SupplyOffer(
                supplier_id=found.supplier_id, pack_id=found.id, low=kg(low), high=kg(high),
                from_day=NEXT, at=day.at(8),
            )
        )  # fmt: skip


def test_the_need_is_portions_times_recipe_less_stock_and_orders(day: Day) -> None:
    recipe("soup", makes=10, leeks=2)
    offer_menu(day, NEXT, soup=50)
    lot(day, "leeks", 3)
    found = short()["leeks"]
    assert (found.needed, found.in_stock, found.missing) == (kg(10), kg(3), kg(7))
    assert found.by_day == ((NEXT, kg(10)),)


def test_one_lot_serves_two_days_only_once(day: Day) -> None:
    recipe("soup", leeks=0.1)
    offer_menu(day, NEXT, soup=50)
    offer_menu(day, NEXT + timedelta(days=1), soup=50)
    lot(day, "leeks", 6)
    assert short()["leeks"].missing == kg(4)


def test_a_lot_past_its_use_by_is_no_stock(day: Day) -> None:
    recipe("soup", leeks=0.1)
    offer_menu(day, NEXT, soup=50)
    lot(day, "leeks", 6, use_by=DATE)
    assert short()["leeks"].missing == kg(5)


def test_a_range_counts_at_its_low_end_and_the_rest_is_warned_of(
    day: Day, office: FlaskClient
) -> None:
    recipe("soup", leeks=0.5)
    offer_menu(day, NEXT, soup=50)
    offered(pack("leeks"), 20, 30, day)
    found = short()["leeks"]
    assert (found.missing, found.sure, found.hoped) == (kg(25), kg(20), kg(10))
    assert found.rests_on_hope
    page = office.get("/farm/needs").text
    assert "Count on 20 kg and have another source for the rest." in page


def test_the_farms_sure_offer_comes_first_and_another_brings_the_rest(day: Day) -> None:
    ours, theirs = pack("leeks", "crate", 8), pack("leeks", "sack", 5, by=GROCER)
    offered(ours, 2, 4, day)
    offers = list(db.session.scalars(select(SupplyOffer)))
    proposed = propose(kg(25), [ours, theirs], offers)
    assert [(p.id, n) for p, n in proposed] == [(ours.id, 2), (theirs.id, 2)]


@given(
    st.integers(1, 60_000),
    st.lists(st.integers(100, 12_000), min_size=1, max_size=4, unique=True),
)
def test_packs_cover_the_need_with_the_least_too_much(amount: int, sizes: list[int]) -> None:
    chosen = packs_for(amount, [Pack(id=size, amount=size) for size in sizes])
    assert chosen is not None
    pack_, number = chosen
    assert pack_.amount * number >= amount > pack_.amount * (number - 1)
    assert pack_.amount * number == min(s * math.ceil(amount / s) for s in sizes)


def test_the_manager_orders_and_the_mail_and_the_paper_say_the_weight(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    recipe("soup", leeks=0.5)
    offer_menu(day, NEXT, soup=50)
    crate = pack("leeks", "crate", 8)
    found = supplier()
    with write_tx():
        found.email = "farm@example.com"
    data = {f"packs-{crate.id}": "4", "for_day": NEXT.isoformat(), "remark": "before nine"}
    assert office.post("/farm/needs", data=data).status_code == 303
    db.session.rollback()
    purchase = db.session.scalars(select(Purchase)).one()
    assert (purchase.grams, purchase.lines[0].packs) == (32_000, 4)
    assert short()["leeks"].ordered == kg(32)
    send_mails()
    settings = day.app.extensions["settings"]
    file = next((settings.instance / "mails").glob("purchase-*.eml"))
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    text = mail.get_content()  # type: ignore[attr-defined]
    assert (mail["To"], "4 × leeks" in text, "32 kg" in text) == ("farm@example.com", True, True)
    sheet = office.get(f"/farm/purchases/{purchase.id}/sheet").text
    assert "32 kg" in sheet
    make_purchase_sheet(purchase.id, "en")
    pdf = office.get(f"/farm/purchases/{purchase.id}/sheet.pdf", buffered=True)
    assert pdf.data.startswith(b"%PDF")


def test_an_order_of_nothing_is_refused(day: Day, office: FlaskClient) -> None:
    recipe("soup", leeks=0.5)
    offer_menu(day, NEXT, soup=50)
    crate = pack("leeks", "crate", 8)
    data = {f"packs-{crate.id}": "0", "for_day": NEXT.isoformat()}
    answer = office.post("/farm/needs", data=data)
    assert "Write a number of packs for at least one produce." in answer.text
    assert db.session.scalar(select(Purchase.id)) is None


def test_an_absurd_order_is_asked_once_more(day: Day, office: FlaskClient) -> None:
    recipe("soup", leeks=0.5)
    offer_menu(day, NEXT, soup=50)
    crate = pack("leeks", "crate", 8)
    data = {f"packs-{crate.id}": "900", "for_day": NEXT.isoformat()}
    answer = office.post("/farm/needs", data=data)
    assert (answer.status_code, "are you sure?" in answer.text) == (422, True)
    assert db.session.scalar(select(Purchase.id)) is None
    assert office.post("/farm/needs", data=data | {"sure": "y"}).status_code == 303


def test_a_supplier_not_in_use_is_asked_for_nothing(day: Day, office: FlaskClient) -> None:
    recipe("soup", leeks=0.5)
    offer_menu(day, NEXT, soup=50)
    pack("leeks")
    with write_tx() as session:
        for found in session.scalars(select(Supplier)):
            found.is_active = False
    assert "Nobody sells this produce" in office.get("/farm/needs").text
