"""The page on which the position of a customer's address is put right."""

import json

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from routing.streets import NoWay

from ..core.clock import clock
from ..core.db import db
from ..maps.spot import SPANS, TOWARDS, nudge_metres
from ..ordering.order import Order
from ..places.address import Address, Place, known_address
from ..places.forms import PositionForm
from ..places.map_page import here, map_facts
from ..places.roads import map_folder, network_of
from ..promise.risk import promises_of
from ..service.service import Service
from ..web.audience import audience
from ..web.view import Page, answered, found, settings
from .position import correct_address

room = Blueprint("position", __name__)


@room.route("/delivery/orders/<key:order_id>/position", methods=["GET", "POST"])
@audience("manager")
def position(order_id: int) -> Page:
    """Where an order's address is: tapped, nudged or written, then saved for next time too."""
    order = found(Order, order_id)
    address = order.address or abort(404)
    if order.place_name:
        return _to_the_place(order)
    form = PositionForm()
    if request.method == "GET":
        known = known_address(db.session(), order.street, order.town)
        form.show(address, note=known.access_note if known else order.access_note)
    if not form.validate_on_submit():
        return _page(order, form)
    if form.look(request.form):
        return _page(order, form)
    return _save(order, form)


def _to_the_place(order: Order) -> Response:
    place_id = db.session.scalar(select(Place.id).where(Place.name == order.place_name))
    if place_id is None:
        return redirect(url_for("places.office"), 303)
    return redirect(url_for("places.edit_place", place_id=place_id), 303)


def _save(order: Order, form: PositionForm) -> Page:
    latitude, longitude = form.latitude.data, form.longitude.data
    note = form.access_note.data or ""
    address = Address("", order.street, order.town, latitude, longitude, note)
    with answered(form) as session:
        ours = session.get_one(Order, order.id)
        services = correct_address(session, ours, address, zone=here(), today=clock.today())
    if form.errors:
        return _page(order, form)
    flash(_("%(street)s: the position and the note are saved.", street=order.street))
    for service in services:
        _tell(service)
    return redirect(url_for("dispatch.plan", day=order.service.date), 303)


def _tell(service: Service) -> None:
    """Say what the new position means for the rounds and the promises of a lunch."""
    flash(_("The times were worked out for the old position: plan the rounds again."))
    depot = settings().depot
    lost = promises_of(db.session(), service, depot=depot, now=clock.now()).at_risk
    if lost:
        numbers = ", ".join(str(order.number) for order in lost)
        flash(_("From there these promises cannot all be kept: %(orders)s.", orders=numbers))


def _page(order: Order, form: PositionForm) -> Page:
    level = form.level.data
    return render_template(
        "rounds/position.html",
        order=order,
        form=form,
        point=form.point or order.address.point,  # type: ignore[union-attr]
        level=level,
        levels=len(SPANS),
        towards=TOWARDS,
        metres=nudge_metres(level),
        street_metres=_street_metres(form.point),
        is_cut_off=_is_cut_off(form.point),
        has_map=map_folder(db.session()) is not None,
        facts=json.dumps(map_facts()),
    ), form.code


def _street_metres(point: tuple[float, float] | None) -> int | None:
    """How far the nearest street is that a tricycle may ride; -1 when none is near, None when
    no streets are known."""
    network = network_of(db.session())
    if network.is_estimated or point is None:
        return None
    try:
        return network.nearest(point)[1]
    except NoWay:
        return -1


def _is_cut_off(point: tuple[float, float] | None) -> bool:
    """Whether the streets near a point are none that lead to the kitchen and back."""
    network, depot = network_of(db.session()), settings().depot
    if network.is_estimated or point is None:
        return False
    ways = network.ways([(depot, point), (point, depot)])
    return any(seconds is None for seconds, _metres in ways)
