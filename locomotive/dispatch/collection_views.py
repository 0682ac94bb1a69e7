"""The page of what is fetched on the way: crates at the farm or another supplier."""

import json

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ..core.clock import instant
from ..core.db import db
from ..farm.supplier import Supplier, suppliers
from ..ordering.lunch import lunch_on
from ..places.map_page import here, map_facts
from ..rounds.collection import (
    add_collection,
    collections_of,
    drop_collection,
    point_of_supplier,
)
from ..rounds.round import Collection
from ..service.service import Service
from ..shipments.shipment import BOXES_PER_CRATE
from ..web.audience import audience
from ..web.view import Page, answered, settings
from .forms import CollectionForm
from .plan_page import change_rounds
from .planning import REASONS

room = Blueprint("collections", __name__)


@room.route("/delivery/<day>/collections", methods=["GET", "POST"])
@audience("manager")
def collections(day: str) -> Page:
    """What is fetched on that day, and one more of it."""
    service = lunch_on(db.session(), day)
    form = CollectionForm()
    form.offer(suppliers(db.session(), active=True))
    if not form.validate_on_submit():
        return _page(service, form)
    with answered(form) as session:
        add_collection(session, _asked(session, service, form), zone=here())
    if form.errors:
        return _page(service, form)
    flash(_("It will be fetched: plan the rounds, and it finds its place among them."))
    return redirect(url_for("dispatch.plan", day=day), 303)


def _asked(session: Session, service: Service, form: CollectionForm) -> Collection:
    supplier = session.get_one(Supplier, form.supplier.data)
    point = form.point or point_of_supplier(session, supplier, depot=settings().depot)
    starts, ends = form.window
    return Collection(
        service_id=service.id,
        supplier_id=supplier.id,
        latitude=point[0],
        longitude=point[1],
        starts_at=instant(service.date, starts),
        ends_at=instant(service.date, ends),
        crates=form.crates.data,
        empty_crates=form.empty_crates.data,
        peelings_kg=form.peelings_kg.data,
        note=form.note.data or "",
    )


def _page(service: Service, form: CollectionForm) -> Page:
    return render_template(
        "dispatch/collections.html",
        service=service,
        form=form,
        collections=collections_of(db.session(), service),
        REASONS=REASONS,
        boxes=BOXES_PER_CRATE,
        facts=json.dumps(map_facts()),
    ), form.code


@room.post("/delivery/<day>/collections/<key:collection_id>/drop")
@audience("manager")
def drop(day: str, collection_id: int) -> Page:
    """Fetch it no more."""

    def rule(session: Session, service: Service) -> str:
        drop_collection(session, service, collection_id)
        return str(_("It is not fetched any more."))

    return change_rounds(day, rule)
