"""What a partner is told by mail of one of its shipments."""

from email.message import EmailMessage

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from ...core.clock import clock
from ...core.db import db
from ...core.refusal import N_
from ...shipments.news import ShipmentNews
from ...shipments.partner import partner_access, token_of
from ...shipments.shipment import Shipment
from ...web.view import settings
from .mail import new_mail

SUBJECTS: dict[str, str] = {
    "promised": N_("Your shipment of %(day)s is promised"),
    "loaded": N_("Your shipment of %(day)s is fetched"),
    "delivered": N_("Your shipment of %(day)s is delivered"),
    "missed": N_("Your shipment of %(day)s: nobody was there"),
    "withdrawn": N_("Your shipment of %(day)s cannot be kept"),
}


def compose_news(news: ShipmentNews) -> EmailMessage:
    """The mail as it is sent, in French, with the same Message-ID each time."""
    house, session = settings(), db.session()
    shipment = session.get_one(Shipment, news.shipment_id)
    link = partner_access(session, shipment.partner, "page", now=clock.now())
    address = f"{house.public_url}/p/{token_of(link, secret=house.secret_key)}" if link else ""
    with force_locale("fr"):
        day = current_app.jinja_env.filters["day"](shipment.service.date)
        text = render_template(
            "partners/mail_shipment.txt", shipment=shipment, news=news, link=address
        )
        subject = _(SUBJECTS[news.kind], day=day)
    name = f"shipment-{shipment.code}-{news.kind}"
    return new_mail(subject, text, to=shipment.partner.email, name=name, at=news.made_at)
