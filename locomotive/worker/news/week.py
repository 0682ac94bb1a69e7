"""The week's menus by mail: written for whoever asked, and how such a mail reads."""

from email.message import EmailMessage

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from ...core.clock import clock
from ...core.db import db, write_tx
from ...core.tasks import SEND_MAILS, ask_worker
from ...feeds.reader import ReaderMail, mail_day, queue_week, reader_token
from ...feeds.told_page import told_set_menus
from ...shop.offer import lunches_on_offer
from ...web.view import settings
from .mail import new_mail


def look_for_week() -> None:
    """Write the week's mails on the day of the setting, once the week's menus are there."""
    now = clock.now()
    day = mail_day(settings().menu_mail_day, now=now)
    if day is None or not lunches_on_offer(db.session(), now=now):
        return
    written = 1
    while written:
        with write_tx() as session:
            written = queue_week(session, day, now=now)
        if written:
            ask_worker(SEND_MAILS)


def compose_reader_mail(mail: ReaderMail) -> EmailMessage:
    """The question whether it is she, or the week's menus, in the reader's language; a mail program
    can stop them with one press (RFC 8058)."""
    house, reader = settings(), mail.reader
    link = f"{house.public_url}/weekly/{reader_token(house.secret_key, reader)}"
    with force_locale(reader.language):
        days = lunches_on_offer(db.session(), now=clock.now()) if mail.kind == "week" else []
        subject = _("The menus of the week") if mail.kind == "week" else _("The weekly mail")
        text = render_template(
            f"feeds/mail_{mail.kind}.txt",
            is_confirmed=reader.confirmed_at is not None,
            days=[(lunch, told_set_menus(lunch)) for lunch in days],
            link=link,
            public_url=house.public_url,
        )
    name = f"{mail.kind}-{mail.day}-{reader.token_hash[:32]}"
    written = new_mail(subject, text, to=reader.email, name=name, at=mail.made_at)
    written["List-Unsubscribe"] = f"<{link}>"
    written["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return written
