"""The customer's order: its page, its calendar file, cancelling it."""

import pytest
from sqlalchemy import select

from locomotive.core.db import db, write_tx
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.message import Message, claim_message, mark_failed
from locomotive.ordering.order import Order
from locomotive.ordering.step import move_on
from locomotive.worker.mails import compose
from tests.shop_day import Shop, words


@pytest.fixture
def link(shop: Shop) -> str:
    shop.add("2")
    return shop.order(
        kind="delivery", address="12 rue Pasteur, Oignies", access_note="bell"
    ).location


def the_order() -> Order:
    db.session.rollback()
    return db.session.scalars(select(Order)).one()


def the_message(kind: str = "placed") -> Message:
    db.session.rollback()
    return db.session.scalars(select(Message).where(Message.kind == kind)).one()


def test_the_page_says_what_when_where_and_how_much(shop: Shop, link: str) -> None:
    text = words(shop.client.get(link))
    assert "Thank you Samira, your order is noted" in text
    assert "12:00 – 12:15" in text
    assert "Tuesday 24 November" in text
    assert "12 rue Pasteur, Oignies bell" in text
    assert "Bag apple 1" in text
    assert "To pay €25.00 when you get your meal" in text
    assert "2 × Carbonade flamande €25.00" in text
    assert "You can cancel until Tue 24 Nov, 10:30. 1 h 30 left" in text
    assert "03 53 01 00 62" in text


def test_an_unknown_link_is_not_found(shop: Shop, link: str) -> None:
    for address in ("/o/unknown", link[:-1], f"{link}/cancel", "/o/unknown/calendar.ics"):
        assert shop.client.get(address).status_code in (404, 405)
    assert shop.client.post("/o/unknown/cancel").status_code == 404
    assert "This order is unknown." in words(shop.client.get("/o/unknown"))


def test_the_steps_follow_the_kitchen_forth_and_back(shop: Shop, link: str) -> None:
    assert "ordered 09:00 in the kitchen in its bag on its way to you" in words(
        shop.client.get(link)
    )
    for seen, to in (("placed", "ready"), ("ready", "left")):
        with write_tx() as session:
            order = session.scalars(select(Order)).one()
            move_on(session, order, to=to, seen=seen, device="tablet", now=shop.day.at(11, 50))
    page = shop.client.get(link)
    assert 'class="now" aria-current="step"' in " ".join(page.text.split())
    assert "on its way to you 11:50" in words(page)
    with write_tx() as session:
        order = session.scalars(select(Order)).one()
        move_on(session, order, to="ready", seen="left", device="tablet", now=shop.day.at(11, 51))
    assert "on its way to you 11:50" not in words(shop.client.get(link))


def test_a_customer_cancels_before_the_cutoff_and_everything_is_given_back(
    shop: Shop, link: str
) -> None:
    answer = shop.client.post(f"{link}/cancel")
    assert answer.status_code == 303
    text = words(shop.client.get(link))
    assert "Your order is cancelled" in text
    assert "cancelled 09:00" in text
    assert shop.portion().remaining == 200
    assert shop.slot(kind="delivery").used == 0
    assert wrong_counters(db.session()) == []


def test_cancelling_twice_gives_back_once(shop: Shop, link: str) -> None:
    for _ in range(2):
        assert shop.client.post(f"{link}/cancel").status_code == 303
    assert shop.portion().remaining == 200


def test_after_the_cutoff_the_page_says_to_call(shop: Shop, link: str) -> None:
    shop.at(10, 30)
    assert f"{link}/cancel" not in shop.client.get(link).text
    answer = shop.client.post(f"{link}/cancel")
    assert answer.status_code == 409
    text = words(answer)
    assert "It is too late to cancel here. Call us: we will see what is possible." in text
    assert "03 53 01 00 62" in text
    assert the_order().status == "placed"


def test_what_is_being_cooked_cannot_be_cancelled(shop: Shop, link: str) -> None:
    with write_tx() as session:
        order = session.scalars(select(Order)).one()
        move_on(session, order, to="started", seen="placed", device="tablet", now=shop.hour)
    assert shop.client.post(f"{link}/cancel").status_code == 409


def test_the_calendar_file_holds_the_slot(shop: Shop, link: str) -> None:
    answer = shop.client.get(f"{link}/calendar.ics")
    assert answer.mimetype == "text/calendar"
    assert "DTSTART:20261124T110000Z\r\nDTEND:20261124T111500Z\r\n" in answer.text
    assert "LOCATION:12 rue Pasteur\\, Oignies\r\n" in answer.text
    assert all(len(line.encode()) <= 75 for line in answer.text.split("\r\n"))


def test_the_mail_says_the_same_as_the_page(shop: Shop, link: str) -> None:
    mail = compose(the_message())
    text = " ".join(mail.get_content().split())
    assert mail["To"] == "samira@example.org"
    assert "Tuesday 24 November" in mail["Subject"]
    for part in (
        "Thank you Samira, your order is noted",
        "Day: Tuesday 24 November, 12:00 – 12:15",
        "Where: 12 rue Pasteur, Oignies",
        "(bell)",
        "Bag: apple 1",
        "- 2 × Carbonade flamande: €25.00",
        "Total, VAT included: €25.00",
        "You can cancel until Tue 24 Nov, 10:30.",
        "there is no right of withdrawal",
        f"http://127.0.0.1:8000{link}",
        "03 53 01 00 62",
    ):
        assert part in text, part
    assert "<" not in text
    assert "&" not in text


def test_the_mail_of_a_cancelled_order_says_so(shop: Shop, link: str) -> None:
    shop.client.post(f"{link}/cancel")
    text = compose(the_message("cancelled")).get_content()
    assert "You have nothing to pay." in text
    assert link in text


def test_the_manager_sees_stuck_mails_with_the_number_to_call(shop: Shop, link: str) -> None:
    with write_tx() as session:
        message = claim_message(session, now=shop.hour)
        assert message
        mark_failed(message, now=shop.hour, error="the server refused")
    text = words(shop.day.signed_in("manager").get("/office/mails"))
    assert "samira@example.org waiting" in text
    assert "the server refused" in text
    assert "Call the customer: 06 12 34 56 78" in text


def test_the_manager_reads_the_mails_of_the_demonstration(shop: Shop, link: str) -> None:
    message = the_message()
    folder = shop.day.app.extensions["settings"].instance / "mails"
    folder.mkdir()
    (folder / message.file_name).write_bytes(compose(message).as_bytes())
    assert "Thank you Samira" in words(shop.day.signed_in("manager").get("/office/mails"))


def test_only_the_manager_sees_the_mails(shop: Shop) -> None:
    assert shop.client.get("/office/mails").status_code == 303
    assert shop.day.signed_in("kitchen").get("/office/mails").status_code == 403


def test_an_erased_order_shows_no_name(shop: Shop, link: str) -> None:
    with write_tx() as session:
        order = session.scalars(select(Order)).one()
        order.first_name = order.phone = order.email = order.street = ""
    text = words(shop.client.get(link))
    assert "Thank you" not in text
    assert "Samira" not in text
