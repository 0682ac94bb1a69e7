"""A farm that has baskets carried to the school, on the lunch's day at nine o'clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.partners.promising import promise_shipment
from locomotive.partners.request import Asked
from locomotive.places.address import Place
from locomotive.promise.keeping import House
from locomotive.shipments.partner import Partner, renew_access, token_of
from locomotive.shipments.shipment import Shipment
from tests.service_day import DATE, PLACES, SECRET, Day, place_name

BASKETS = Asked(
    key="first",
    goods="Baskets of vegetables",
    crates=2,
    kilos=18,
    day=DATE,
    starts=time(11, 15),
    ends=time(13, 30),
    start="Médiathèque",
    end="École Pantigny",
)


def lay_partner(name: str = "Ferme des Hauts") -> Partner:
    """The farm, with every place of the cast known by its name."""
    with write_tx() as session:
        known = set(session.scalars(select(Place.name)))
        for place, street, latitude, longitude in PLACES.values():
            if place not in known:
                where = {"latitude": latitude, "longitude": longitude}
                session.add(Place(name=place, street=street, town="Oignies", **where))
        partner = Partner(name=name, phone="03 21 00 00 08", stop_cents=250, kilo_cents=10)
        session.add(partner)
    return the_partner(name)


def the_partner(name: str = "Ferme des Hauts") -> Partner:
    """The partner as the database has it now."""
    return db.session.scalars(select(Partner).where(Partner.name == name)).one()


def access(kind: str, name: str = "Ferme des Hauts") -> str:
    """A new link's token, or a new key."""
    with write_tx() as session:
        partner = session.scalars(select(Partner).where(Partner.name == name)).one()
        return token_of(
            renew_access(session, partner, kind, secret=SECRET, now=clock.now()), secret=SECRET
        )


def asked(**changes: object) -> Asked:
    """The baskets, or something else; `start` and `end` are places of the cast."""
    for side in ("start", "end"):
        if side in changes:
            changes[side] = place_name(str(changes[side]))
    return replace(BASKETS, **changes)  # type: ignore[arg-type]


def promised(lunch: Day, **changes: object) -> Shipment:
    """The farm asks, and gets a promise."""
    db.session.rollback()
    house = House(lunch.app.extensions["settings"], clock)
    return promise_shipment(db.session(), house, the_partner(), asked(**changes))


def shipment(code: str) -> Shipment:
    """A shipment as the database has it now."""
    db.session.rollback()
    query = select(Shipment).where(Shipment.code == code)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()
