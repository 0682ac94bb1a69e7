"""The buying loop closes: what is sent twice acts once, what is ordered comes, or is owed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from locomotive.buying.offer import SupplyOffer, current_offers
from locomotive.buying.purchase import Purchase, Terms, order_packs
from locomotive.buying.shortage import shortages_between
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.mark import SentForm, forget_sent_forms
from locomotive.farm.lot import Lot, LotMovement
from locomotive.farm.supplier import Pack, Supplier, packs_of
from locomotive.menu.menu import menu_of, withdraw
from locomotive.menu.recipe import read_book
from locomotive.origins.batch import Batch
from tests.buying.test_farmer import link_of, phone
from tests.farm_day import dish, kg, lot, offer_menu, pack, recipe, stock, supplier
from tests.office_day import error_at
from tests.service_day import DATE, Day

NEXT = DATE + timedelta(days=1)


@pytest.fixture(autouse=True)
def at_eight(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    with write_tx() as session:
        withdraw(menu_of(session, DATE))  # type: ignore[arg-type]


def key_of(client: FlaskClient, page: str) -> str:
    """The key that a page's first form carries."""
    found = re.search(r'name="key" value="([^"]+)"', client.get(page).text)
    assert found
    return found[1]


def count(table: type[object]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def bought(day: Day, packs: int = 5, *, for_day: int = 0, cents: int = 1500) -> Purchase:
    crate = pack("leeks", "crate", 8, cents=cents)
    with write_tx() as session:
        terms = Terms(DATE + timedelta(days=for_day))
        return order_packs(session, supplier(), {crate.id: packs}, terms, now=day.at(7))


def lots() -> list[Lot]:
    db.session.rollback()
    return list(db.session.scalars(select(Lot).order_by(Lot.id)))


def fresh(purchase: Purchase) -> Purchase:
    db.session.rollback()
    return db.session.get_one(Purchase, purchase.id, populate_existing=True)


def test_needs_sent_twice_make_one_order(day: Day, office: FlaskClient) -> None:
    recipe("soup", leeks=0.5)
    offer_menu(day, NEXT, soup=50)
    crate = pack("leeks", "crate", 8)
    data = {f"packs-{crate.id}": "4", "for_day": NEXT.isoformat()}
    data["key"] = key_of(office, "/farm/needs")
    assert [office.post("/farm/needs", data=data).status_code for _ in range(6)] == [303] * 6
    assert count(Purchase) == 1
    # A page opened anew may order anew.
    office.post("/farm/needs", data=data | {"key": key_of(office, "/farm/needs")})
    assert count(Purchase) == 2
    past = data | {"for_day": "2020-01-01", "key": "k" * 20}
    assert error_at(office.post("/farm/needs", data=past), "for_day") == (
        "Choose today or a later day for the delivery."
    )
    with write_tx() as session:
        forget_sent_forms(session, before=day.at(9))
    assert count(SentForm) == 0


def test_three_taps_offer_once_and_what_is_offered_is_not_asked_for_again(day: Day) -> None:
    recipe("soup", leeks=0.2)
    offer_menu(day, NEXT, soup=10)
    crate, page, mobile = pack("leeks", "crate", 8), link_of(day), phone(day)
    data = {"pack": str(crate.id), "key": key_of(mobile, page)}
    for _ in range(3):
        mobile.post(f"{page}/offers/tap", data=data)
    assert count(SupplyOffer) == 1
    assert "I have it" not in mobile.get(page).text
    form = {"pack_id": crate.id, "quantity": "2", "from_day": DATE.isoformat(), "key": "o" * 24}
    for _ in range(3):
        assert mobile.post(f"{page}/offers", data=form).status_code == 303
    assert count(SupplyOffer) == 2


def test_two_cooks_do_not_record_sixty_of_thirty_portions(day: Day, office: FlaskClient) -> None:
    recipe("soup", leeks=0.1)
    offer_menu(day, NEXT, soup=30)
    lot(day, "leeks", 100)
    office.post("/office/service/", data={"date": NEXT.isoformat()})
    page = f"/kitchen/{NEXT}/batches/{dish('soup').id}"
    data = {"portions": "30", f"lot-{lots()[0].id}": "3", "serves_from": "", "serves_until": ""}
    first = data | {"key": key_of(office, page)}
    assert [office.post(page, data=first).status_code for _ in range(2)] == [303, 303]
    assert count(Batch) == 1
    second = office.post(page, data=data | {"key": "another-cook-0000"})
    assert error_at(second, "portions").startswith("Portions recorded already: 30 of 30.")
    assert count(Batch) == 1
    sure = data | {"key": "another-cook-0001", "sure": "y"}
    assert office.post(page, data=sure).status_code == 303
    assert count(Batch) == 2


def test_an_order_is_received_from_itself_with_a_crate_refused(
    day: Day, office: FlaskClient
) -> None:
    purchase = bought(day)
    answers = [office.post(f"/farm/purchases/{purchase.id}/receive") for _ in range(2)]
    page = answers[0].headers["Location"]
    assert answers[1].headers["Location"] == page
    line = re.search(r'name="quantity-(\d+)"', office.get(page).text)[1]  # type: ignore[index]
    data = {f"quantity-{line}": "5", f"price-{line}": "15", f"refused_packs-{line}": "1"}
    assert error_at(office.post(page, data=data), f"refused-{line}").startswith("Write the reason")
    data |= {f"refused-{line}": "crushed"}
    too_many = office.post(page, data=data | {f"refused_packs-{line}": "6"})
    assert error_at(too_many, f"refused_packs-{line}").startswith("You cannot refuse more")
    assert office.post(page, data=data | {"stays_owed": "y"}).status_code == 303
    kept, back = lots()
    assert (kept.stock, kept.cost_cents, kept.is_refused) == (kg(32), 6000, False)
    assert (back.received, back.stock, back.refused_because) == (kg(8), 0, "crushed")
    owed = fresh(purchase)
    assert (owed.status, owed.lines[0].owed_packs) == ("answered", 1000)
    assert "still owed: 1" in office.get("/farm/purchases/").text
    # The rest comes by the same way.
    page = office.post(f"/farm/purchases/{purchase.id}/receive").headers["Location"]
    line = re.search(r'name="quantity-(\d+)"', office.get(page).text)[1]  # type: ignore[index]
    assert office.post(page, data={f"quantity-{line}": "1"}).status_code == 303
    assert fresh(purchase).status == "received"
    assert office.post(f"/farm/purchases/{purchase.id}/receive").status_code == 409


def test_what_is_missing_is_closed_unless_it_is_still_to_come(
    day: Day, office: FlaskClient
) -> None:
    purchase = bought(day)
    page = office.post(f"/farm/purchases/{purchase.id}/receive").headers["Location"]
    line = re.search(r'name="quantity-(\d+)"', office.get(page).text)[1]  # type: ignore[index]
    office.post(page, data={f"quantity-{line}": "3"})
    assert fresh(purchase).status == "received"
    assert lots()[0].stock == kg(24)


def test_what_comes_on_friday_does_not_feed_wednesday_nor_what_is_late(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe("soup", leeks=0.2)
    offer_menu(day, NEXT, soup=40)

    def missing(today: int = 0) -> int:
        db.session.rollback()
        first = DATE + timedelta(days=today)
        book = read_book(db.session())
        found = shortages_between(db.session(), book, first, DATE + timedelta(days=7))
        return found[0].missing

    bought(day, 1, for_day=3)
    assert missing() == kg(8)
    bought_in_time = Pack(supplier_id=supplier().id, produce_id=1, unit="sack", amount=kg(8))
    with write_tx() as session:
        session.add(bought_in_time)
        session.flush()
        order_packs(session, supplier(), {bought_in_time.id: 1}, Terms(DATE), now=day.at(7))
    assert missing() == 0
    page = office.get("/farm/needs").text
    assert "there is enough</span>" not in page
    assert "on its way</span>" in page
    monkeypatch.setattr(clock, "now", lambda: day.at(8) + timedelta(days=1))
    assert missing(today=1) == kg(8)
    office = day.signed_in("manager")  # the night ended the sign-in
    office.post("/office/service/", data={"date": NEXT.isoformat()})
    assert "should have come on" in office.get(f"/office/?day={NEXT}").text


def test_the_offers_price_is_the_orders_and_the_offer_is_used_up(day: Day) -> None:
    crate = pack("leeks", "crate", 8, cents=960)
    with write_tx() as session:
        facts = {"supplier_id": crate.supplier_id, "pack_id": crate.id, "from_day": DATE}
        session.add(SupplyOffer(low=4000, high=6000, price_cents=800, at=day.at(6), **facts))
    with write_tx() as session:
        made = order_packs(session, supplier(), {crate.id: 4}, Terms(NEXT), now=day.at(7))
    assert made.lines[0].price_cents == 800
    db.session.rollback()
    left = current_offers(db.session(), today=DATE)[0]
    assert (left.sure, left.hoped) == (0, kg(16))
    with write_tx() as session:
        order_packs(session, supplier(), {crate.id: 2}, Terms(NEXT), now=day.at(7))
        after = order_packs(session, supplier(), {crate.id: 1}, Terms(NEXT), now=day.at(7))
    assert after.lines[0].price_cents == 960
    assert current_offers(db.session(), today=DATE) == []


def test_offers_last_as_long_for_him_as_for_us_and_not_of_who_is_put_away(day: Day) -> None:
    crate = pack("leeks", "crate", 8)
    with write_tx() as session:
        facts = {"supplier_id": crate.supplier_id, "pack_id": crate.id, "at": day.at(6)}
        session.add(SupplyOffer(low=1000, high=1000, from_day=DATE - timedelta(days=2), **facts))
    assert "1 × leeks, crate of 8 kg" in phone(day).get(link_of(day)).text
    assert len(current_offers(db.session(), today=DATE)) == 1
    assert current_offers(db.session(), today=DATE + timedelta(days=9)) == []
    with write_tx() as session:
        session.get_one(Supplier, crate.supplier_id).is_active = False
    assert current_offers(db.session(), today=DATE) == []


def test_a_pack_is_changed_and_ended_and_what_was_bought_stays(
    day: Day, office: FlaskClient
) -> None:
    purchase = bought(day)
    sold = db.session.scalars(select(Pack)).one()
    page = f"/farm/packs/{sold.id}"
    for wrong in ("0", "0,0", "-3", "many"):
        office.post(page, data={"amount": wrong, "price_cents": "15"})
        db.session.rollback()
        assert db.session.scalars(select(Pack.amount)).one() == kg(8)
    office.post(page, data={"amount": "10", "price_cents": "19,50"})
    db.session.rollback()
    assert db.session.execute(select(Pack.amount, Pack.price_cents)).one() == (kg(10), 1950)
    assert fresh(purchase).lines[0].pack_amount == kg(8)
    office.post(f"{page}/end")
    db.session.rollback()
    assert packs_of(db.session()) == []
    again = {"produce_id": str(sold.produce_id), "unit": "crate", "amount": "6"}
    added = office.post(f"/farm/suppliers/{sold.supplier_id}/packs", data=again)
    assert added.status_code == 303
    db.session.rollback()
    assert [p.amount for p in packs_of(db.session())] == [kg(6)]
    zero = office.post(f"/farm/suppliers/{sold.supplier_id}/packs", data=again | {"amount": "0"})
    assert error_at(zero, "amount") == "Write a quantity above zero, such as 12.5."


def test_the_stock_is_what_was_counted(day: Day, office: FlaskClient) -> None:
    found = lot(day, "leeks", 40)
    data = {"kind": "corrected", "quantity": "12", "reason": "counted", "key": "c" * 20}
    for _ in range(2):
        assert office.post(f"/farm/lots/{found.id}", data=data).status_code == 303
    assert stock(found) == kg(12)
    last = db.session.scalars(select(LotMovement).order_by(LotMovement.id.desc())).first()
    assert last
    assert (last.kind, last.delta) == ("corrected", kg(12 - 40))
    empty = {"kind": "corrected", "quantity": "0", "reason": "counted", "key": "d" * 20}
    office.post(f"/farm/lots/{found.id}", data=empty)
    assert stock(found) == 0


def test_an_order_that_was_cancelled_is_not_received(day: Day) -> None:
    purchase = bought(day)
    with write_tx() as session:
        session.get_one(Purchase, purchase.id).cancelled_at = day.at(7)
    office = day.signed_in("manager")
    assert office.post(f"/farm/purchases/{purchase.id}/receive").status_code == 409
