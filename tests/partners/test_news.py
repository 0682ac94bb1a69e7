"""A partner who wishes it is told by mail how its shipments stand, each state once."""

from __future__ import annotations

import email
from email.message import Message

import pytest
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.partners.shipment_page import statement_path
from locomotive.partners.statement import statement_of
from locomotive.shipments.news import ShipmentNews
from locomotive.shipments.shipment import Shipment, bring_to
from locomotive.worker.mails import send_mails
from locomotive.worker.news.mail import mail_folder
from locomotive.worker.paper import make_partner_statement
from tests.partner_day import access, promised, shipment, the_partner
from tests.service_day import DATE, Day

MONTH = DATE.replace(day=1)


def wish_for_mail(address: str = "ferme@example.org") -> None:
    with write_tx() as session:
        partner = session.merge(the_partner())
        partner.email, partner.wants_mail = address, True


def step(code: str, state: str, day: Day, minute: int) -> None:
    with write_tx() as session:
        found = session.scalars(select(Shipment).where(Shipment.code == code)).one()
        assert bring_to(session, found, state, now=day.at(12, minute))


def mails() -> dict[str, Message]:
    """The end of each mail's name → the mail."""
    send_mails()
    found = sorted(mail_folder().glob("shipment-*.eml"))
    read = (email.message_from_bytes(path.read_bytes()) for path in found)
    return {path.stem.rpartition("-")[2]: mail for path, mail in zip(found, read, strict=True)}


def words(mail: Message) -> str:
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    return body.decode()


def test_promised_fetched_and_delivered_are_told_once_each(
    one_farm: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish_for_mail()
    link = access("page")
    found = promised(one_farm)
    promised(one_farm)  # the request comes twice
    step(found.code, "loaded", one_farm, 10)
    step(found.code, "delivered", one_farm, 31)
    step(found.code, "missed", one_farm, 32)  # a wrong button, and back
    step(found.code, "delivered", one_farm, 33)
    monkeypatch.setattr(clock, "now", lambda: one_farm.at(13))
    told = mails()
    assert set(told) == {"promised", "loaded", "delivered", "missed"}
    assert all(mail["To"] == "ferme@example.org" for mail in told.values())
    assert "12\u00a0h\u00a031" in words(told["delivered"])
    assert "Médiathèque → École Pantigny" in words(told["promised"])
    assert f"/p/{link}" in words(told["loaded"])
    assert db.session.query(ShipmentNews).count() == 4


def test_who_does_not_wish_it_gets_no_mail(one_farm: Day) -> None:
    with write_tx() as session:
        session.merge(the_partner()).email = "ferme@example.org"
    found = promised(one_farm)
    step(found.code, "loaded", one_farm, 10)
    assert mails() == {}


def test_a_mail_server_that_is_away_is_tried_again(
    one_farm: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish_for_mail()
    promised(one_farm)

    def away(_mail: object) -> None:
        raise ConnectionRefusedError("nobody there")

    with monkeypatch.context() as patch:
        patch.setattr("locomotive.worker.mails.deliver", away)
        assert not send_mails()
    db.session.rollback()
    news = db.session.scalars(select(ShipmentNews)).one()
    assert (news.state, news.tries, news.error) == ("queued", 1, "nobody there")
    with write_tx() as session:
        session.scalars(select(ShipmentNews)).one().due_at = one_farm.at(8)
    assert set(mails()) == {"promised"}


def test_the_statement_s_pdf_is_made_by_the_worker_and_anew_when_its_lines_change(
    one_farm: Day,
) -> None:
    found = promised(one_farm)
    step(found.code, "delivered", one_farm, 31)
    client = one_farm.app.test_client()
    client.set_cookie("language", "en")
    address = f"/p/{access('page')}/statements/2026-11"
    assert client.get(f"{address}.pdf").status_code == 202
    make_partner_statement(the_partner().id, "2026-11-01", "en")
    path = statement_path(statement_of(db.session(), the_partner(), MONTH), "en")
    if path.with_suffix(".missing").exists():
        pytest.skip("Pango is missing on this machine")
    with client.get(f"{address}.pdf") as answer:
        assert answer.data.startswith(b"%PDF")
    assert f'href="{address}.pdf"' in client.get(address).text
    with write_tx() as session:
        shipment_ = session.scalars(select(Shipment).where(Shipment.id == found.id)).one()
        shipment_.kilos += 1
    assert shipment(found.code).kilos == 19
    assert client.get(f"{address}.pdf").status_code == 202
