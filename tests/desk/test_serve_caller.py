"""Whoever calls is served: the office reads what happened, changes, cancels, and writes."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.alerts.alert import Alert, Kind
from locomotive.alerts.subscription import Wanted, subscribe
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.ordering.message import Message
from locomotive.ordering.order import Order, OrderEvent
from locomotive.worker.mails import compose
from tests.service_day import Day
from tests.shop_day import words


def texts() -> list[tuple[str, str]]:
    """(address, text) of the mails from the office."""
    db.session.rollback()
    rows = db.session.scalars(select(Message).where(Message.kind == "message"))
    return [(row.email, row.text) for row in rows.all()]


def reload(order: Order) -> Order:
    db.session.rollback()
    return db.session.get_one(Order, order.id, populate_existing=True)


def test_all_that_happened_is_told_with_who_did_it(day: Day, office: FlaskClient) -> None:
    order = day.order("Samira", email="samira@example.org")
    step = {"seen": "placed", "to": "ready"}
    day.signed_in("kitchen").post(f"/kitchen/orders/{order.id}/step", data=step)
    office.post(f"/office/orders/{order.id}/cancel", data={"reason": "customer", "seen": "ready"})
    page = words(office.get(f"/office/orders/{order.id}"))
    history = page[page.index("What happened") :]
    for told in (
        "Order ordered customer",
        "Step ordered → ready kitchen, kitchen",
        "Step ready → cancelled The customer asked office, manager",
        "Mail: the order is noted waiting",
        "Mail: the order is cancelled waiting",
    ):
        assert told in history, history


def test_the_office_changes_after_the_cutoff_what_a_customer_cannot(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = day.order("Samira", email="samira@example.org", carbonade=2)
    monkeypatch.setattr(clock, "now", lambda: day.at(11, 10))
    with write_tx() as session:
        subscribe(session, order.id, Wanted("sms"), now=day.at(9))
    here = f"/office/orders/{order.id}/change"
    form = change_form(office, here, order, carbonade=1)
    answer = office.post(here, data=form)
    assert (answer.status_code, answer.location) == (303, f"/office/orders/{order.id}")
    assert [line.quantity for line in reload(order).lines] == [1]
    page = words(office.get(answer.location))
    assert "Change 2 × Carbonade flamande → 1 × Carbonade flamande office" in page
    # Whoever asked is told of it.
    assert db.session.scalars(select(Alert.kind)).all() == [Kind.CHANGED]
    # The control: the customer's own page does not let him.
    token_page = words(day.app.test_client().get(customers_page(office, order)))
    assert "It is too late to cancel here" in token_page or "trop tard" in token_page


def test_the_office_reads_its_own_words_and_the_customer_hers(
    day: Day, office: FlaskClient
) -> None:
    order = day.order("Samira", carbonade=2)
    theirs = words(office.get(f"/office/orders/{order.id}/change"))
    hers = words(day.app.test_client().get(f"{customers_page(office, order)}/change"))
    title = office.get(f"/office/orders/{order.id}/change").text.partition("</title>")[0]
    assert f"Change order {order.number}" in title
    assert f"Change order {order.number}" in theirs
    for own in ("my order", "Your order", "obligation to pay"):
        assert own not in theirs, own
    assert "Modifier ma commande (obligation de paiement)" in hers.replace("\xa0", " ")


def change_form(
    office: FlaskClient, here: str, order: Order, *, carbonade: int
) -> dict[str, object]:
    from tests.shop_day import shown_on

    field = f"quantity-{order.lines[0].portion_id}"
    form = {"kind": order.kind, "slot": str(order.slot_id), "place": "same", field: str(carbonade)}
    look = office.post(here, data=form | {"look": "total"})
    return form | {"shown": shown_on(look)}


def customers_page(office: FlaskClient, order: Order) -> str:
    text = office.get(f"/office/orders/{order.id}").text
    start = text.index('href="/o/') + len('href="')
    return text[start : text.index('"', start)]


def test_cancelling_needs_a_reason_and_the_state_that_was_shown(
    day: Day, office: FlaskClient
) -> None:
    order = day.order("Samira")
    here = f"/office/orders/{order.id}/cancel"
    answer = office.post(here, data={"seen": "placed"})
    assert answer.status_code == 422
    assert "Say why the order is cancelled." in words(answer)
    stale = office.post(here, data={"reason": "mistake", "seen": "ready"})
    assert stale.status_code == 409
    assert "has changed meanwhile" in words(stale)
    assert day.status(order) == "placed"
    assert office.post(here, data={"reason": "mistake", "seen": "placed"}).status_code == 303
    db.session.rollback()
    event = db.session.scalars(select(OrderEvent).order_by(OrderEvent.id.desc())).first()
    assert event
    assert (event.status, event.device, event.reason) == (
        "cancelled",
        "manager",
        "mistake",
    )


def test_one_customer_is_written_to_once_however_often_it_is_sent(
    day: Day, office: FlaskClient
) -> None:
    order = day.order("Samira", email="samira@example.org")
    sent = {"text": "The street is closed: come by the yard.\nThe kitchen", "key": "k" * 32}
    for _ in range(2):
        assert office.post(f"/office/orders/{order.id}/message", data=sent).status_code == 303
    assert texts() == [("samira@example.org", sent["text"])]
    mail = db.session.scalars(select(Message).where(Message.kind == "message")).one()
    written = compose(mail)
    assert "come by the yard" in written.get_content()
    assert "24 novembre" in written["Subject"]


def test_an_empty_message_is_refused_at_its_field(day: Day, office: FlaskClient) -> None:
    order = day.order("Samira", email="samira@example.org")
    answer = office.post(f"/office/orders/{order.id}/message", data={"text": " \n"})
    assert answer.status_code == 422
    assert "Write what the customer shall read." in words(answer)
    assert texts() == []


def test_all_of_a_slot_are_written_to_and_who_has_no_mail_is_listed(
    day: Day, office: FlaskClient
) -> None:
    orders = [
        day.order("Samira", email="samira@example.org"),
        day.order("Nadia", phone="06 00 00 00 02"),
        day.order("Paul", email="paul@example.org"),
        day.order("Later", slot=(12, 15), email="later@example.org"),
    ]
    day.cancel(orders[2])
    here = f"/office/slots/{orders[0].slot_id}/message"
    page = words(office.get(here))
    assert "It goes by mail to 1 customer." in page
    assert "Nadia · 06 00 00 00 02" in page
    answer = office.post(here, data={"text": "Ten minutes late today.", "key": "s" * 32})
    assert answer.status_code == 303
    assert texts() == [("samira@example.org", "Ten minutes late today.")]
    assert "call them" in words(office.get(here))
