"""Every page of the house: its address, and what must be there before it shows something.

A word in braces is what `lay_the_rest` found or laid for it in the demonstration.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from locomotive import create_app
from locomotive.accounts.invitation import invite
from locomotive.accounts.signin import Owner, SignIn, new_entry_link, sign_in
from locomotive.accounts.staff import Staff
from locomotive.arrival.kept import show
from locomotive.batches.leftover import Leftover, save_leftovers
from locomotive.batches.recall import Told, begin_recall
from locomotive.buying.purchase import Terms, order_of_each
from locomotive.choices.option import DishOption
from locomotive.choices.set_menu import SetMenu
from locomotive.core.actor import Actor
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.settings import read_settings
from locomotive.farm.lot import Lot
from locomotive.farm.produce import Produce
from locomotive.farm.supplier import Pack
from locomotive.feeds.reader import Reader, ask_reader, reader_token
from locomotive.forecast.outlook import monday_of
from locomotive.forecast.week_template import keep_week
from locomotive.hygiene.reading import Reading
from locomotive.menu.menu import menu_of
from locomotive.menu.recipe import Recipe, save_recipe
from locomotive.ordering.cart import Basket, BasketLine
from locomotive.ordering.content_change import ContentChange
from locomotive.ordering.group import tokens_of
from locomotive.ordering.order import Order, order_token
from locomotive.ordering.request import Customer, Request, place_order
from locomotive.ordering.step import cancel
from locomotive.partners.promising import promise_shipment
from locomotive.places.address import Address, Place, address_of_place
from locomotive.printers.printer import Printer, save_printer
from locomotive.promise.joining import Reservation, reserve_boxes
from locomotive.promise.keeping import House
from locomotive.rounds.act import round_token
from locomotive.rounds.box import BoxEntry
from locomotive.rounds.release import release
from locomotive.rounds.round import rounds_of
from locomotive.service.service import Service, service_of
from locomotive.service.slot import Slot
from locomotive.shipments.partner import Partner, renew_access, token_of
from locomotive.use_by.opened import open_food
from tests.partner_day import BASKETS

if TYPE_CHECKING:
    from tests.browser.conftest import Lunch

# What customers, suppliers, partners and riders see by an address or by a link.
BY_LINK = (
    "/", "/menu/{day}", "/week", "/basket", "/order", "/o/{order}", "/o/{order}/change",
    "/group", "/g/{group}", "/g/{group}/order", "/g/{organiser}/all",
    "/weekly", "/weekly/{reader}", "/promises-kept",
    "/legal", "/privacy", "/accessibility", "/offline", "/no",
    "/sign-in", "/sign-in/passkey", "/in/{entry}", "/in/{invitation}",
    "/f/{farmer}", "/f/{farmer}/forecast", "/f/{farmer}/statements/{month}",
    "/p/{partner}", "/p/{partner}/statements/{month}", "/api/partner", "/r/{round}",
)  # fmt: skip
OF_STAFF = (
    "/office/", "/office/orders", "/office/orders/1", "/office/orders/1/change",
    "/office/slots/{slot}/message",
    "/office/menu/", "/office/menu/weeks", "/office/menu/{day}", "/office/menu/{day}/set-menus",
    "/office/set-menus/{set_menu}", "/office/dishes/new", "/office/dishes/1",
    "/office/dishes/1/options", "/office/options/{option}", "/office/dishes/1/recipe",
    "/office/recipes/", "/office/recipes/new", "/office/recipes/{part}",
    "/office/service/", "/office/service/{day}", "/office/closed-days",
    "/office/places/", "/office/places/new", "/office/places/1", "/office/passages/",
    "/office/zone", "/office/town", "/office/tricycles/", "/office/tricycles/new",
    "/office/tricycles/1", "/office/mails", "/office/figures", "/office/devices",
    "/office/accounts", "/office/trail", "/office/record", "/office/use-by",
    "/office/printers/", "/office/printers/new", "/office/printers/{printer}",
    "/office/hygiene/", "/office/hygiene/limits", "/office/hygiene/{day}/month",
    "/office/partners", "/office/partners/new", "/office/partners/{partner_id}",
    "/office/partners/{partner_id}/statements/{month}",
    "/account", "/account/factor", "/account/passkeys", "/account/prove",
    "/kitchen/", "/kitchen/?date={day}", "/kitchen/cook?date={day}", "/kitchen/pack?date={day}",
    "/kitchen/hand-over?date={day}", "/kitchen/{day}/production", "/kitchen/{day}/exceptions",
    "/kitchen/{day}/labels/a4", "/kitchen/{day}/labels/roll", "/kitchen/{day}/papers",
    "/kitchen/{day}/portions", "/kitchen/{day}/groups", "/kitchen/{day}/content",
    "/kitchen/content/{change}", "/kitchen/orders/1/cancel", "/kitchen/orders/1/wish",
    "/kitchen/{day}/batches", "/kitchen/{day}/batches/2", "/kitchen/{day}/swap/2",
    "/kitchen/{day}/leftovers", "/kitchen/{day}/leftovers/gift",
    "/kitchen/practice/", "/kitchen/practice/booklet",
    "/kitchen/boxes/", "/kitchen/boxes/place?name={place}",
    "/kitchen/use-by/", "/kitchen/use-by/new", "/kitchen/use-by/{food}",
    "/kitchen/use-by/{food}/label", "/kitchen/hygiene/", "/kitchen/hygiene/cleaning",
    "/kitchen/hygiene/cooling", "/kitchen/hygiene/reheating",
    "/kitchen/hygiene/readings/{reading}/act",
    "/delivery/{day}/", "/delivery/{day}/rounds/1/sheet", "/delivery/{day}/rounds/1/ticks",
    "/delivery/{day}/trouble", "/delivery/{day}/collections", "/delivery/{day}/relays",
    "/delivery/learned",
    "/delivery/kept", "/delivery/orders/{with_street}/position",
    "/farm/", "/farm/suppliers/1", "/farm/suppliers/new",
    "/farm/suppliers/1/statements/{month}", "/farm/produce/", "/farm/produce/1",
    "/farm/produce/new", "/farm/lots/new", "/farm/lots/1", "/farm/lots/1/trace",
    "/farm/lots/1/recall-list", "/farm/orders/1/trace", "/farm/needs", "/farm/forecast",
    "/farm/purchases/", "/farm/purchases/{purchase}/sheet", "/farm/notes/1", "/farm/recalls/",
    "/farm/recalls/{recall}", "/farm/exchange",
    "/farm/shelves/", "/farm/shelves/dry", "/farm/shelves/dry/sheet",
)  # fmt: skip
# Addresses that show no page of their own; each with what they are.
NOT_PAGES = {
    "a table": (
        "kept.kept_csv", "statements.his_csv", "statements.ours_csv", "tables.lots_csv",
        "tables.movements_csv", "tables.canteen_csv", "recalls.trace_csv", "figures.leftovers_csv",
        "figures.purchases_csv", "hygiene_office.month_csv", "partners_office.statement_table",
        "partner.statement_table", "trail.trail_csv",
    ),
    "a PDF of a page that is listed": (
        "sheet.sheet_pdf", "statements.his_pdf", "statements.ours_pdf", "buying.sheet_pdf",
        "leftovers.gift_pdf", "hygiene_office.month_pdf",
        "partner.statement_paper", "partners_office.statement_paper", "use_by.label_pdf",
        "papers.paper_file",
    ),
    "for programs": (
        "partner_api.shipments", "partner_api.shipment", "rides.ride",
        "tables.linked_data", "tables.lots_jsonld",
        "site.healthz", "metrics.metrics", "app.manifest", "week.menu_ics", "week.menu_xml",
        "week.menu_json", "order.calendar", "rider.phone_gpx",
    ),
    "a part of a page that is listed": (
        "addresses.addresses", "dispatch.progress", "kitchen.board_fragment", "hygiene.fragment",
        "arrival.arrival", "town.progress", "checkout.waiting",
    ),
    "a script, a picture or a sound": (
        "static", "kitchen.worker", "rider.phone_worker", "app.worker", "photos.photo",
        "photos.voice", "notes.photo", "map.streets", "map.spot",
    ),
    "leads to another page": (
        "accounts.choose_language", "dispatch.today", "batches.today", "recalls.chosen",
    ),
}  # fmt: skip


@contextmanager
def behind(lunch: Lunch) -> Iterator[Flask]:
    """The served demonstration's database, from this process."""
    environ = {"LOCOMOTIVE_INSTANCE": str(lunch.folder), "LOCOMOTIVE_PUBLIC_URL": lunch.url}
    app = create_app(read_settings(environ))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def lay_the_rest(lunch: Lunch) -> dict[str, str]:
    """Lay what the demonstration lacks for some page; what the words in braces stand for."""
    day = date.fromisoformat(lunch.day)
    with behind(lunch) as app:
        secret = app.extensions["settings"].secret_key
        found: dict[str, object] = {"day": lunch.day, "month": clock.today().strftime("%Y-%m")}
        found["farmer"] = lunch.links["farmer"].rpartition("/")[2]
        found |= _partner(app, secret, day) | _group(app, secret, day) | _farm(day)
        found |= _kitchen(day) | _entries() | _round(secret, day) | _orders(secret, day)
        found |= _reader(secret)
        with write_tx() as session:
            keep_week(session, monday_of(day), "Semaine d’hiver avec beaucoup de soupe")
    return {name: str(value) for name, value in found.items()}


def manager_cookie(lunch: Lunch) -> dict[str, Any]:
    """The cookie of a manager with an account."""
    with behind(lunch) as app:
        with write_tx() as session:
            account = Staff(name="Élise", role="manager", password_hash="")
            session.add(account)
            session.flush()
            owner = Owner(staff_id=account.id)
            token = sign_in(session, role="manager", label="Élise", now=clock.now(), owner=owner)
            session.flush()
            # For as long as the tests last nobody is asked for a password once more.
            session.execute(update(SignIn).values(proved_at=clock.now() + timedelta(days=1)))
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        [kept] = client._cookies.values()
    return {"name": kept.key, "value": kept.value, "url": lunch.url}


def address_of(template: str, values: dict[str, str]) -> str:
    """An address with its words filled in, as a browser asks for it."""
    return quote(template.format_map(values), safe="/?=&")


def _first(table: type[Any], *where: Any) -> int:
    found = db.session.scalars(select(table.id).where(*where).order_by(table.id).limit(1)).one()
    return int(found)


def _service(session: Session, day: date) -> Service:
    service = service_of(session, day)
    assert service is not None
    return service


def _partner(app: Flask, secret: str, day: date) -> dict[str, object]:
    with write_tx() as session:
        partner = Partner(name="Ferme des Hauts", stop_cents=250, kilo_cents=10)
        session.add(partner)
        session.flush()
        access = renew_access(session, partner, "page", secret=secret, now=clock.now())
        found = {"partner": token_of(access, secret=secret), "partner_id": partner.id}
    places = list(db.session.scalars(select(Place.name).order_by(Place.id).limit(2)))
    start, end = places
    asked = replace(BASKETS, day=day, start=start, end=end, starts=time(11), ends=time(15))
    house = House(app.extensions["settings"], clock)
    promise_shipment(db.session(), house, db.session.get_one(Partner, found["partner_id"]), asked)
    return found


def _group(app: Flask, secret: str, day: date) -> dict[str, object]:
    key = "organised-by-nadia-1234"
    session, service = db.session(), _service(db.session(), day)
    slots = session.scalars(select(Slot).where(Slot.service_id == service.id))
    slot = max((s for s in slots if s.kind == "delivery"), key=lambda s: s.starts_at)
    request = Request(
        key=key,
        kind="delivery",
        slot_id=slot.id,
        customer=Customer("Nadia", phone="06 39 98 00 01"),
        address=address_of_place(session, _first(Place)),
    )
    deadline = service.cutoff("delivery") - timedelta(minutes=30)
    asked = Reservation(request, "Midi à l’atelier", 3, deadline)
    reserve_boxes(session, House(app.extensions["settings"], clock), asked, sender="tests")
    tokens = tokens_of(secret, key)
    return {"group": tokens.colleagues, "organiser": tokens.organiser}


def _farm(day: date) -> dict[str, object]:
    today, now = clock.today(), clock.now()
    with write_tx() as session:
        lot = session.get_one(Lot, _first(Lot))
        told = Told("Corps étranger", "Ne mangez pas ce plat.", is_exercise=True)
        recall = begin_recall(session, [lot], told, today=today, now=now)
        ale = session.get_one(Produce, _first(Produce))
        part = Recipe(name="Fond de légumes", makes=5000)
        save_recipe(session, part, [(ale.id, None, 1000)])
        orders = order_of_each(session, {_first(Pack): 2}, Terms(for_day=day), now=now)
        return {"recall": recall.id, "part": part.id, "purchase": orders[0].id}


def _kitchen(day: date) -> dict[str, object]:
    with write_tx() as session:
        food = open_food(session, "dairy", "Crème fraîche", now=clock.now())
        printer = Printer(
            name="Cuisine", tongue="escpos", address="folder", paper_mm=80, prints="labels"
        )
        save_printer(session, printer)
        change = ContentChange(
            service_id=_service(session, day).id, cause="recipe", what="Carbonade", at=clock.now()
        )
        session.add(change)
        menu = menu_of(session, day)
        assert menu is not None
        numbers = {"unsold": 6, "given": 4, "wasted": 2, "grams_each": 320}
        given = Leftover(
            day=day, dish_id=menu.portions[0].dish_id, given_to="Restos du cœur", **numbers
        )
        save_leftovers(session, [given])
        place = session.scalars(select(Place.name).order_by(Place.id).limit(1)).one()
        boxes = {"kind": "counter", "boxes": 3, "at": clock.now(), "device": "Cuisine"}
        session.add(BoxEntry(place_name=place, **boxes))
        show(session, shown=True)
        session.flush()
        found = {"food": food.id, "printer": printer.id, "change": change.id, "place": place}
    return {**found, "reading": _first(Reading)}


def _entries() -> dict[str, object]:
    with write_tx() as session:
        return {
            "entry": new_entry_link(session, role="kitchen", label="tablette", now=clock.now()),
            "invitation": invite(session, name="Karim", role="kitchen", now=clock.now()),
        }


def _round(secret: str, day: date) -> dict[str, object]:
    with write_tx() as session:
        round_ = rounds_of(session, _service(session, day))[0]
        release(session, round_, seen=round_.stamp, now=clock.now())
        session.flush()
        return {"round": round_token(secret, round_)}


def _orders(secret: str, day: date) -> dict[str, object]:
    order = db.session.get_one(Order, 1)
    return {
        "order": order_token(secret, order.idempotency_key),
        "slot": order.slot_id,
        "with_street": _order_to_a_street(secret, day),
        "option": _first(DishOption),
        "set_menu": _first(SetMenu),
    }


def _order_to_a_street(secret: str, day: date) -> int:
    """An order to an address that is no named place; cancelled, so that no round lacks it."""
    with write_tx() as session:
        slots = session.scalars(select(Slot).where(Slot.service_id == _service(session, day).id))
        menu = menu_of(session, day)
        assert menu is not None
        request = Request(
            key="to-a-street-0123456789",
            kind="delivery",
            slot_id=next(slot.id for slot in slots if slot.kind == "delivery"),
            customer=Customer("Bruno", phone="06 39 98 00 02"),
            address=Address("", "12 rue Pasteur", "Oignies", 50.4722, 2.9881, ""),
        )
        lines = (BasketLine(menu.portions[-1], 1),)
        order = place_order(session, request, Basket(lines), secret=secret, now=clock.now())
        cancel(session, order, actor=Actor.CUSTOMER, now=clock.now())
        return order.id


def _reader(secret: str) -> dict[str, object]:
    with write_tx() as session:
        ask_reader(session, "samira@example.com", language="fr", secret=secret, now=clock.now())
        reader = session.scalars(select(Reader)).one()
        return {"reader": reader_token(secret, reader)}
