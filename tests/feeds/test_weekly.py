"""The week's menus by mail: for who confirmed, once a week, stopped by one press."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from locomotive.core.clock import clock, local
from locomotive.core.db import db, write_tx
from locomotive.feeds.reader import Reader, ReaderMail, count_readers, mail_day
from locomotive.privacy.access import kept_of_reader
from locomotive.privacy.erasure import erase_due
from locomotive.worker.mails import send_mails
from locomotive.worker.news import week
from tests.service_day import Day
from tests.shop_day import Shop

WHO = "samira@example.org"


def mails(day: Day) -> list[email.message.EmailMessage]:
    """The mails to readers that were sent, in the order of their names."""
    folder = day.app.extensions["settings"].instance / "mails"
    found = [*folder.glob("confirm-*.eml"), *folder.glob("week-*.eml")]
    read = [email.message_from_bytes(p.read_bytes(), policy=email.policy.default) for p in found]
    return [one for one in read if isinstance(one, email.message.EmailMessage)]


def link_of(mail: email.message.EmailMessage) -> str:
    [path] = set(re.findall(r"/weekly/[\w-]+", mail.get_content()))
    return str(path)


def ask(shop: Shop, whom: str = WHO) -> int:
    code = shop.client.post("/weekly", data={"email": whom}).status_code
    send_mails()
    return code


@pytest.fixture
def confirmed(shop: Shop) -> str:
    """The link of a reader who confirmed."""
    assert ask(shop) == 303
    [mail] = mails(shop.day)
    link = link_of(mail)
    assert shop.client.post(f"{link}/confirm").status_code == 303
    return link


def look(shop: Shop) -> list[email.message.EmailMessage]:
    week.look_for_week()
    send_mails()
    return [mail for mail in mails(shop.day) if "week-" in mail["Message-ID"]]


def due(shop: Shop, *, hour: int = 9) -> None:
    """Let the setting's day be that of the lunch."""
    shop.at(hour)
    here = shop.day.app.extensions["settings"]
    object.__setattr__(here, "menu_mail_day", local(clock.now()).isoweekday())


def test_nothing_is_sent_before_she_confirms(shop: Shop) -> None:
    due(shop)
    assert ask(shop, "Samira@Example.org") == 303
    [mail] = mails(shop.day)
    assert mail["To"] == "Samira@example.org"
    # A mail program that fetches the link by itself confirms nothing.
    assert shop.client.get(link_of(mail)).status_code == 200
    assert count_readers(db.session()) == 0
    assert look(shop) == []


def test_the_menus_come_once_with_a_way_to_stop_them(shop: Shop, confirmed: str) -> None:
    due(shop)
    [mail] = look(shop)
    assert "Carbonade flamande" in mail.get_content()
    assert mail["List-Unsubscribe"].strip().startswith("<http")
    assert mail["List-Unsubscribe"].endswith(f"{confirmed}>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    week.look_for_week()
    assert db.session.scalars(select(ReaderMail).where(ReaderMail.kind == "week")).all() != []
    first = db.session.scalars(select(ReaderMail.sent_at).where(ReaderMail.kind == "week")).all()
    shop.at(10)
    look(shop)
    db.session.rollback()
    assert (
        db.session.scalars(select(ReaderMail.sent_at).where(ReaderMail.kind == "week")).all()
        == first
    )


def test_a_mail_program_stops_them_with_one_press_and_no_cookie(shop: Shop, confirmed: str) -> None:
    shop.day.app.config["WTF_CSRF_ENABLED"] = True
    due(shop)
    [mail] = look(shop)
    program = shop.day.app.test_client()
    pressed = {"List-Unsubscribe": "One-Click"}
    path = mail["List-Unsubscribe"].strip(" <>").split("/", 3)[3]
    assert program.post(f"/{path}", data=pressed).status_code == 200
    assert program.post(f"/{path}", data=pressed).status_code == 200
    db.session.rollback()
    assert db.session.scalars(select(Reader)).all() == []
    assert db.session.scalars(select(ReaderMail)).all() == []
    assert program.get(confirmed).status_code == 404


@pytest.mark.parametrize(
    ("days", "hour", "is_due"),
    [(0, 7, False), (0, 8, True), (2, 23, True), (3, 9, False), (6, 9, False), (7, 9, True)],
)
def test_it_is_due_on_its_day_from_eight_and_two_days_more(
    shop: Shop, days: int, hour: int, is_due: bool
) -> None:
    shop.at(hour, days=days)
    weekday = shop.day.service.date.isoweekday()
    assert (mail_day(weekday, now=clock.now()) is not None) is is_due
    assert mail_day(0, now=clock.now()) is None


def test_without_menus_nothing_is_sent(
    shop: Shop, confirmed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    due(shop)
    monkeypatch.setattr(week, "lunches_on_offer", lambda *_a, **_k: [])
    assert look(shop) == []


def test_the_answer_does_not_say_whether_an_address_is_known(shop: Shop, confirmed: str) -> None:
    known = shop.client.post("/weekly", data={"email": WHO})
    new = shop.client.post("/weekly", data={"email": "karim@example.org"})
    assert (known.status_code, known.location) == (new.status_code, new.location)
    # One question a day for each address, however often it is asked.
    assert ask(shop, "karim@example.org") == 303
    questions = [mail for mail in mails(shop.day) if mail["To"] == "karim@example.org"]
    assert len(questions) == 1


@pytest.mark.parametrize("wrong", ["", "samira", "a@b", "x" * 250 + "@example.org", "a b@c.org"])
def test_what_is_no_address_is_said_at_its_field(shop: Shop, wrong: str) -> None:
    answer = shop.client.post("/weekly", data={"email": wrong})
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text


def test_one_network_asks_for_few_addresses(shop: Shop) -> None:
    codes = [
        shop.client.post("/weekly", data={"email": f"a{n}@example.org"}).status_code
        for n in range(12)
    ]
    assert codes == [303] * 10 + [429] * 2


def test_an_address_is_kept_until_it_is_stopped_and_forgotten_if_it_never_confirmed(
    shop: Shop, confirmed: str
) -> None:
    ask(shop, "karim@example.org")
    with write_tx() as session:
        erase_due(session, depot=(50.4, 2.9), now=clock.now() + timedelta(days=400))
    [left] = db.session.scalars(select(Reader))
    assert left.email == WHO
    assert WHO in str(kept_of_reader(db.session(), WHO.upper()))
    assert kept_of_reader(db.session(), "karim@example.org") == {}
    assert "menus of the week" in shop.client.get("/privacy").text


def test_the_office_counts_them(shop: Shop, confirmed: str) -> None:
    manager = shop.day.signed_in("manager")
    assert "1 person gets the menus" in manager.get("/office/mails").text
