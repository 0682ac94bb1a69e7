"""Alerts: what waits is told, to each device, phone or mail address by itself."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from ...alerts.alert import Alert, Kind, claim_alert, end_alert, mark_told, mark_untold
from ...alerts.endpoint import EndpointRefused
from ...alerts.push import DeviceGone, PushRefused, push
from ...alerts.sms import international, send_sms
from ...alerts.subscription import Subscription, forget, is_mobile, queue_alerts
from ...arrival.arrival import arrival_of
from ...arrival.near import near_orders
from ...core.clock import clock, local, next_minute
from ...core.db import db, write_tx
from ...core.refusal import N_
from ...core.status import Status
from ...core.tasks import SEND_ALERTS, ask_worker
from ...ordering.order import Order, order_token
from ...web.view import settings
from .mail import deliver, new_mail

log = logging.getLogger(__name__)
# What no later try makes right.
FINAL = (PushRefused, EndpointRefused)
# Title and body.
WORDS: dict[Kind, tuple[str, str]] = {
    Kind.READY: (N_("It is ready"), N_("Order %(number)s waits for you at %(name)s.")),
    Kind.LEFT: (N_("The tricycle leaves"), N_("Order %(number)s is on its way.")),
    Kind.SOON: (N_("Soon at your door"), N_("Order %(number)s is on its way.")),
    Kind.CHANGED: (
        N_("Your order has changed"),
        N_("We changed order %(number)s: look at it."),
    ),
    Kind.PROPOSED: (
        N_("Another time?"),
        N_("We cannot keep the time of order %(number)s: choose another."),
    ),
    Kind.CANCELLED: (
        N_("Your order is cancelled"),
        N_("We had to cancel order %(number)s. Call us: %(phone)s"),
    ),
}


@dataclass(frozen=True)
class Told:
    """What is told of one order, in its language."""

    title: str
    body: str
    path: str  # of the order's page


class NotTrue(Exception):
    """What was to be told holds no longer, or there is nobody to tell it to."""


def look_for_near() -> None:
    """Once a minute: write an alert for whoever is served within ten minutes."""
    near = near_orders(db.session(), now=clock.now())
    if near:
        with write_tx() as session:
            for order_id in near:
                queue_alerts(session, order_id, Kind.SOON, now=clock.now())
        ask_worker(SEND_ALERTS)


def send_alerts() -> bool:
    """Send every alert that is due; one that cannot be told holds no other back."""
    while True:
        with write_tx() as session:
            alert = claim_alert(session, now=clock.now())
        if alert is None:
            return True
        _send(alert)


def _send(alert: Alert) -> None:
    try:
        tell(alert)
    except DeviceGone:
        with write_tx() as session:
            forget(session, [alert.subscription_id])
    except NotTrue:
        with write_tx() as session:
            end_alert(session.merge(alert))
    except Exception as error:
        log.warning("an alert was not sent: %s", type(error).__name__)
        is_final = isinstance(error, FINAL)
        with write_tx() as session:
            mark_untold(session.merge(alert), now=clock.now(), error=str(error), is_final=is_final)
    else:
        with write_tx() as session:
            mark_told(session.merge(alert), now=clock.now())


def tell(alert: Alert) -> None:
    """Tell one alert by its way. Raises NotTrue, DeviceGone, and whatever keeps it from being
    taken."""
    now, session = clock.now(), db.session()
    subscription = session.get(Subscription, alert.subscription_id)
    if subscription is None:
        raise NotTrue
    order = session.get_one(Order, subscription.order_id, populate_existing=True)
    kind = Kind(alert.kind)
    if not is_true(order, kind):
        raise NotTrue
    told = write(order, kind, now=now)
    if subscription.channel == "push":
        tell_device(subscription, told, seconds=int((alert.expires_at - now).total_seconds()))
    elif subscription.channel == "sms":
        tell_phone(order, told, name=name_of(alert, order))
    else:
        tell_by_mail(order, told, alert)


def is_true(order: Order, kind: Kind) -> bool:
    """Whether what an alert says still holds."""
    holds = {
        Kind.READY: order.status is Status.READY,
        Kind.LEFT: order.status is Status.LEFT,
        Kind.SOON: order.status is Status.LEFT,
        Kind.CANCELLED: order.is_cancelled,
    }
    return holds.get(kind, not order.is_over)


def write(order: Order, kind: Kind, *, now: datetime) -> Told:
    """The words of an alert, in the order's language."""
    house = settings()
    path = f"/o/{order_token(house.secret_key, order.idempotency_key)}"
    with force_locale(order.language):
        title, body = words_of(order, kind)
        if kind in (Kind.LEFT, Kind.SOON):
            arrival = arrival_of(db.session(), order, now=now)
            if arrival:
                at = f"{local(next_minute(arrival.at)):%H:%M}"
                body += " " + _("It is expected at about %(time)s.", time=at)
                if kind is Kind.SOON:
                    minutes = max(1, arrival.minutes_ahead(now))
                    title = ngettext("In %(num)s minute", "In %(num)s minutes", minutes)
    return Told(title, body, path)


def words_of(order: Order, kind: Kind) -> tuple[str, str]:
    """Title and body of an alert, in the language in use."""
    title, body = WORDS[kind]
    house = settings()
    told = {
        "number": order.number,
        "name": house.restaurant_name,
        "phone": house.restaurant_phone,
    }
    return _(title), _(body, **told)


def name_of(alert: Alert, order: Order) -> str:
    """What names an alert for good, and its file in the demonstration."""
    return f"{alert.kind.replace(' ', '-')}-{alert.number}-{order.token_hash[:32]}"


def tell_device(device: Subscription, told: Told, *, seconds: int) -> None:
    """Push it; the device's maker keeps it so many seconds."""
    house = settings()
    if not (house.push_key and device.endpoint):  # switched off, or erased
        raise NotTrue
    message = {"title": told.title, "body": told.body, "url": told.path}
    push(
        device,
        json.dumps(message, ensure_ascii=False).encode(),
        key=house.push_key,
        contact=f"mailto:{house.restaurant_email}",
        seconds=seconds,
        now=clock.now(),
    )


def tell_phone(order: Order, told: Told, *, name: str) -> None:
    """Send it as SMS."""
    house = settings()
    if not (house.sms_url and is_mobile(order.phone)):
        raise NotTrue
    text = f"{house.restaurant_name} : {told.title}. {told.body}"
    phone = international(order.phone)
    send_sms(house.sms_url, house.files / "sms", name=name, phone=phone, text=text)


def tell_by_mail(order: Order, told: Told, alert: Alert) -> None:
    """Send it as a mail, each time with the same Message-ID."""
    house = settings()
    if not order.email:
        raise NotTrue
    text = f"{told.body}\n\n{house.public_url}{told.path}\n\n{house.restaurant_phone}\n"
    name = name_of(alert, order)
    deliver(new_mail(told.title, text, to=order.email, name=name, at=alert.made_at))
