"""Mails: what waits in the outbox is written and sent, to customers and to suppliers."""

import logging
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from typing import TypeVar

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from ..buying.purchase import Purchase, claim_purchase, mark_mail_failed, mark_mailed
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import N_
from ..core.status import Status
from ..farm.supplier import link_in_force, token_of
from ..feeds.reader import claim_reader_mail, mark_reader_mailed, mark_reader_not_mailed
from ..ordering.message import Message, claim_message, mark_failed, mark_sent
from ..ordering.order import Order, order_token
from ..promise.proposal import open_proposal
from ..shipments.news import claim_news, mark_news_not_sent, mark_news_sent
from ..web.view import settings
from .news.mail import deliver, new_mail
from .news.shipments import compose_news
from .news.week import compose_reader_mail

log = logging.getLogger(__name__)
Mail = TypeVar("Mail")
SUBJECTS: dict[str, str] = {
    Status.PLACED.value: N_("Your order for %(day)s"),
    "changed": N_("Your order for %(day)s is changed"),
    "proposed": N_("Another time for your order of %(day)s"),
    Status.CANCELLED.value: N_("Your order for %(day)s is cancelled"),
    # "swap" stands in mails that were queued before there was one rule for all causes.
    "swap": N_("Your dish of %(day)s has changed"),
    "content": N_("Your dish of %(day)s has changed"),
    "recall": N_("Recall of a dish of %(day)s"),
    "message": N_("About your order for %(day)s"),
}


def send_mails() -> bool:
    """Send every mail that is due: to suppliers, to customers, then to readers and partners.

    Returns False as soon as the mail server does not answer: then no other mail is tried.
    """
    return (
        _send_all(claim_purchase, compose_purchase, mark_mailed, mark_mail_failed)
        and _send_all(claim_message, compose, mark_sent, mark_failed)
        and _send_all(
            claim_reader_mail, compose_reader_mail, mark_reader_mailed, mark_reader_not_mailed
        )
        and _send_all(claim_news, compose_news, mark_news_sent, mark_news_not_sent)
    )


def _send_all(
    claim: Callable[..., Mail | None],
    write: Callable[[Mail], EmailMessage],
    mark: Callable[..., None],
    mark_not: Callable[..., None],
) -> bool:
    while True:
        with write_tx() as session:
            mail = claim(session, now=clock.now())
        if mail is None:
            return True
        try:
            deliver(write(mail))
        except Exception as error:  # one mail that cannot be written must not hold back the others
            log.warning("a mail was not sent: %s", type(error).__name__)
            with write_tx() as session:
                mark_not(
                    session.merge(mail), now=clock.now(), error=str(error), is_final=refuses(error)
                )
            if is_away(error):
                return False
        else:
            with write_tx() as session:
                mark(session.merge(mail), now=clock.now())


def refuses(error: Exception) -> bool:
    """Whether the server will never take this mail (5xx, RFC 5321), however often it is tried."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def is_away(error: Exception) -> bool:
    """Whether the server takes no mail at all just now: it hangs, refuses us, or is not there."""
    if isinstance(error, smtplib.SMTPException):
        return not isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return isinstance(error, OSError)


def compose_purchase(purchase: Purchase) -> EmailMessage:
    """The mail of an order to a supplier, in French, with the link to his page."""
    house = settings()
    link = link_in_force(db.session(), purchase.supplier, now=clock.now())
    address = f"{house.public_url}/f/{token_of(link, secret=house.secret_key)}" if link else ""
    with force_locale("fr"):
        day = current_app.jinja_env.filters["day"](purchase.for_day)
        subject = _("Order %(number)s for %(day)s", number=purchase.id, day=day)
        text = render_template("buying/mail_purchase.txt", purchase=purchase, link=address)
    return new_mail(
        subject,
        text,
        to=purchase.supplier.email,
        name=f"purchase-{purchase.id}-{purchase.supplier_id}",
        at=purchase.ordered_at,
    )


def compose(message: Message) -> EmailMessage:
    """The mail as it is sent, in the order's language, with the same Message-ID each time."""
    house = settings()
    order = db.session.get_one(Order, message.order_id)
    kind = message.kind.split("-")[0]
    with force_locale(order.language):
        day = current_app.jinja_env.filters["day"](order.service.date)
        subject = _(SUBJECTS[kind], day=day)
        text = render_template(
            f"ordering/mail_{'notice' if message.text else kind}.txt",
            order=order,
            link=f"{house.public_url}/o/{order_token(house.secret_key, order.idempotency_key)}",
            text=message.text,
            proposal=open_proposal(db.session(), order),
        )
    return new_mail(subject, text, to=message.email, name=message.name, at=message.made_at)
