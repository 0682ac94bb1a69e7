"""By which ways a customer is told how far her order is: on her order's page."""

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from ..alerts.push import public_key
from ..alerts.subscription import (
    ChannelClosed,
    Wanted,
    channels_of,
    is_mobile,
    subscribe,
    unsubscribe,
)
from ..core.clock import clock
from ..core.db import db, write_tx
from ..ordering.order import Order, order_of_token
from ..web.audience import audience
from ..web.fields import clean
from ..web.view import settings

room = Blueprint("alerts", __name__)


@room.app_template_global()
def alert_channels(order: Order) -> dict[str, int]:
    """The ways by which an order's customer can be told, each with how many she asked for."""
    house = settings()
    is_possible = {
        "push": bool(house.push_key),
        "mail": bool(order.email),
        "sms": bool(house.sms_url) and is_mobile(order.phone),
    }
    asked = channels_of(db.session(), order.id)
    return {way: asked.get(way, 0) for way, is_here in is_possible.items() if is_here}


@room.app_template_global()
def push_public_key() -> str:
    """What a browser must know of our key."""
    return public_key(settings().push_key)


@room.post("/o/<token>/alerts")
@audience("public")
def tell_me(token: str) -> Response:
    """Tell this order's customer by one more way, or by that way no more."""
    order = order_of_token(db.session(), token)
    channel = request.form.get("channel", "")
    if channel not in alert_channels(order):
        raise ChannelClosed
    with write_tx() as session:
        # Rivals of one order come one after the other, so that its devices can be counted.
        order_id = session.scalars(
            select(Order.id).where(Order.id == order.id).with_for_update()
        ).one()
        if "stop" in request.form:
            unsubscribe(session, order_id, channel)
        elif not order.is_over:
            subscribe(session, order_id, sent(channel), now=clock.now())
    return redirect(url_for("order.order_page", token=token, _anchor="alerts"), 303)


def sent(channel: str) -> Wanted:
    """What the form asks for; only a device has an address and keys of its own."""
    if channel != "push":
        return Wanted(channel)
    names = ("endpoint", "p256dh", "auth")
    return Wanted(channel, **{name: clean(request.form.get(name)) for name in names})
