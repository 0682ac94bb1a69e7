"""A group from the organiser's form to the sheet in the bag, page by page."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from locomotive.core.db import db, write_tx
from locomotive.menu.menu import Menu
from locomotive.ordering.group import Group, left_in
from locomotive.ordering.order import Order
from locomotive.places.address import Place
from locomotive.privacy.erasure import erase_contacts
from tests.service_day import DATE
from tests.shop_day import Shop, error_at, shown_on, words

KEY = "o" * 32


@dataclass
class Colleague:
    """One colleague's browser, and the link that she was sent."""

    shop: Shop
    client: FlaskClient
    link: str

    def choose(self, dish: str = "Carbonade flamande", number: str = "1") -> TestResponse:
        """Open the link, join, and take a dish; returns the last page before the order."""
        self.client.post(f"{self.link}/join")
        field = f"quantity-{self.shop.portion(dish).id}"
        self.client.post("/basket", data={"date": str(DATE), "add": "1", field: number})
        return self.client.get("/order", follow_redirects=True)

    def send(self, page: TestResponse, name: str, key: str = "", **more: str) -> TestResponse:
        """Send the page under her name."""
        sent = {"key": key or f"{name:k<32}", "day": str(DATE), "first_name": name}
        return self.client.post(f"{self.link}/order", data=sent | {"shown": shown_on(page)} | more)


def form(shop: Shop, **changes: str) -> dict[str, str]:
    school = db.session.scalars(select(Place).where(Place.name == "École Pantigny")).one()
    right = {
        "key": KEY,
        "day": str(DATE),
        "kind": "delivery",
        "name": "Lunch at the workshop",
        "boxes": "4",
        "deadline": "10:00",
        "place": str(school.id),
        "slot": str(shop.slot(kind="delivery").id),
        "first_name": "Nadia",
        "phone": "06 12 34 56 78",
    }
    return right | changes


@pytest.fixture
def organiser(shop: Shop) -> str:
    """The organiser's page."""
    answer = shop.client.post("/group", data=form(shop))
    assert answer.status_code == 303, words(answer)
    return answer.location


@pytest.fixture
def link(shop: Shop, organiser: str) -> str:
    """The link for the colleagues, without the host."""
    found = re.search(r'href="https?://[^/]+(/g/[^"/]+)"', shop.client.get(organiser).text)
    assert found
    return found[1]


def colleague(shop: Shop, link: str) -> Colleague:
    client = shop.day.app.test_client()
    client.set_cookie("language", "en")
    return Colleague(shop, client, link)


def group() -> Group:
    db.session.rollback()
    return db.session.scalars(select(Group).execution_options(populate_existing=True)).one()


def orders() -> list[Order]:
    db.session.rollback()
    return list(db.session.scalars(select(Order).where(Order.reserved.is_(None))))


def test_a_colleague_orders_to_the_groups_stop_with_a_link_of_her_own(
    shop: Shop, link: str
) -> None:
    her = colleague(shop, link)
    page = her.choose()
    assert "My meal with Lunch at the workshop" in words(page)
    answer = her.send(page, "Samira")
    assert answer.status_code == 303
    assert "/o/" in answer.location
    (order,) = orders()
    assert (order.kind, order.place_name, order.slot_id) == (
        "delivery",
        "École Pantigny",
        group().slot_id,
    )
    assert (order.group_id, left_in(group())) == (group().id, 3)
    assert "Thank you Samira" in words(her.client.get(answer.location))


def test_the_organiser_sees_names_and_dishes_only(shop: Shop, organiser: str, link: str) -> None:
    her = colleague(shop, link)
    more = {"phone": "06 99 88 77 66", "must_not_contain": "strawberry"}
    her.send(her.choose("Salade de lentilles"), "Samira", **more)
    page = words(shop.client.get(organiser))
    assert "Samira 1 × Salade de lentilles" in page
    assert "06 99 88 77 66" not in page
    assert "strawberry" not in page
    assert "3 reserved meals are not taken yet." in page


def test_what_a_dish_contains_is_compared_with_her_wish(shop: Shop, link: str) -> None:
    her = colleague(shop, link)
    page = her.choose()
    wish = {f"avoid-{shop.portion().id}": "gluten"}
    answer = her.send(page, "Samira", **wish)
    assert answer.status_code == 422
    assert "contains gluten" in words(answer).lower()
    assert orders() == []


def test_two_tabs_of_a_colleague_make_one_order(shop: Shop, link: str) -> None:
    her = colleague(shop, link)
    page = her.choose()
    first = her.send(page, "Samira", key="t" * 32)
    again = her.send(page, "Samira", key="t" * 32)
    assert first.location == again.location
    assert len(orders()) == 1
    assert left_in(group()) == 3


def test_what_changed_since_the_page_is_said_before_the_order(shop: Shop, link: str) -> None:
    her = colleague(shop, link)
    page = her.choose()
    field = f"quantity-{shop.portion().id}"
    her.client.post("/basket", data={"date": str(DATE), field: "3"})  # in another tab
    answer = her.send(page, "Samira")
    assert answer.status_code == 409
    assert orders() == []


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("deadline", "took orders until 10:00"),
        ("close", "is closed"),
        ("cancel", "is cancelled"),
    ],
)
def test_after_its_end_a_group_says_why_and_nothing_typed_is_lost(
    shop: Shop, organiser: str, link: str, what: str, sentence: str
) -> None:
    her = colleague(shop, link)
    page = her.choose()
    if what == "deadline":
        shop.at(10, 1)
    else:
        shop.client.post(organiser.replace("/all", f"/{what}"))
    answer = her.send(page, "Samira")
    assert answer.status_code == 409
    assert sentence in words(answer)
    assert 'value="Samira"' in answer.text
    assert sentence in words(her.client.get(link))
    assert her.client.post(f"{link}/join").status_code == 409
    # On her own she may go on with what she chose.
    alone = her.client.post(f"{link}/join", data={"leave": "1"}, follow_redirects=True)
    assert "Carbonade flamande" in words(alone)
    assert orders() == []


def test_one_colleague_cancels_and_the_others_stay(shop: Shop, organiser: str, link: str) -> None:
    pages = {}
    for name in ("Samira", "Paul"):
        her = colleague(shop, link)
        pages[name] = her.send(her.choose(), name).location
    shop.client.post(f"{pages['Paul']}/cancel")
    page = words(shop.client.get(organiser))
    assert "Samira" in page
    assert "Paul" not in page


def test_cancelling_for_all_cancels_every_meal_once(shop: Shop, organiser: str, link: str) -> None:
    for name in ("Samira", "Paul"):
        her = colleague(shop, link)
        her.send(her.choose(), name)
    answer = shop.client.post(
        organiser.replace("/all", "/cancel"), data={"key": "c" * 32}, follow_redirects=True
    )
    assert "2 meals are cancelled." in words(answer)
    assert {order.status for order in orders()} == {"cancelled"}
    assert group().slot.used == 0


def test_the_names_lie_in_the_bag(shop: Shop, link: str) -> None:
    her = colleague(shop, link)
    her.send(her.choose(), "Samira")
    sheet = words(shop.day.signed_in("kitchen").get(f"/kitchen/{DATE}/groups"))
    assert "Lunch at the workshop" in sheet
    assert "Samira 1 × Carbonade flamande €12.50" in sheet


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": "  "}, "name", "Give the group a name"),
        ({"boxes": "1"}, "boxes", "between 2 and 80"),
        ({"boxes": "٥"}, "boxes", "between 2 and 80"),
        ({"deadline": "11:45"}, "deadline", "between now and 10:30"),
        ({"deadline": "08:00"}, "deadline", "between now and 10:30"),
        ({"place": ""}, "place", "Choose where we bring"),
        ({"first_name": ""}, "first_name", "Write your first name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    shop: Shop, changes: dict[str, str], field: str, sentence: str
) -> None:
    answer = shop.client.post("/group", data=form(shop, **changes))
    assert answer.status_code == 422
    assert sentence in error_at(answer, field)
    assert 'value="Nadia"' in answer.text or field == "first_name"
    assert db.session.scalar(select(Group.id)) is None


def test_more_than_the_tricycles_carry_is_answered_no_in_words(shop: Shop) -> None:
    answer = shop.client.post("/group", data=form(shop, boxes="13"))
    assert answer.status_code == 409
    assert "the tricycle is full" in words(answer)
    assert db.session.scalar(select(Group.id)) is None


def test_the_short_address_leads_to_the_day_that_the_menu_shows(shop: Shop) -> None:
    page = shop.client.get("/group", follow_redirects=True)
    assert page.status_code == 200
    assert page.request.args["day"] == str(shop.day.date)
    with write_tx() as session:
        session.execute(update(Menu).values(published_at=None))
    assert shop.client.get("/group").location == "/"


def test_the_form_sent_twice_makes_one_group(shop: Shop, organiser: str) -> None:
    assert shop.client.post("/group", data=form(shop)).location == organiser
    assert group().slot.used == 4


def test_an_unknown_link_is_said_and_the_checkout_is_free_again(shop: Shop) -> None:
    assert shop.client.get("/g/unknown").status_code == 404
    with shop.client.session_transaction() as cookie:
        cookie["groups"] = {str(DATE): "unknown"}
    shop.add()
    assert shop.client.get("/order", follow_redirects=True).status_code == 404
    assert shop.client.get("/order").status_code == 200


def test_the_groups_name_is_erased_with_the_orders(shop: Shop, link: str) -> None:
    with write_tx() as session:
        erase_contacts(session, before=DATE.replace(year=2027), depot=(50.0, 3.0))
    assert group().name == ""
