"""The manager's first page."""

from collections.abc import Iterable
from datetime import date, datetime

from flask import Blueprint, abort, render_template, request

from ..backups.run import backup_state
from ..core.clock import clock, local
from ..core.db import db
from ..dispatch.planning import REASONS
from ..menu.menu import menu_of, offered
from ..promise.risk import promises_of
from ..service.service import (
    Service,
    closed_days,
    next_day_without_service,
    service_of,
    services_between,
    services_from,
)
from ..service.slot import slots_of
from ..web.audience import audience, has_unexpected_proxy
from ..web.view import day_or_404, settings
from .concern_page import (
    backup_concerns,
    concerns,
    condition_concerns,
    delivery_concerns,
    farm_concerns,
    finding_words,
    hygiene_concerns,
    printer_concerns,
    promise_concerns,
    sale_concerns,
)
from .condition import find_proxy, findings
from .first_order_page import first_steps
from .home import figures_of, first_order_at, service_at

room = Blueprint("office", __name__)


room.add_app_template_filter(finding_words)


@room.app_template_global()
def lunches(days: Iterable[date]) -> dict[date, tuple[Service | None, bool]]:
    """For each day its service, and whether the house is closed; menus do not know services."""
    days = sorted(days)
    services = services_between(db.session(), days[0], days[-1])
    closed = {c.date for c in closed_days(db.session(), days[0])}
    return {day: (services.get(day), day.weekday() >= 5 or day in closed) for day in days}


@room.get("/office/")
@audience("manager")
def home() -> str:
    """Portions, orders by slot, rounds and mails of today's lunch, or of the next one."""
    at, session = clock.now(), db.session()
    service, house = _asked_service(at), settings()
    backups = backup_state(session)
    condition = [
        *findings(session, house, now=at, backups=backups),
        find_proxy(is_unexpected=has_unexpected_proxy(house)),
    ]
    since = None if backups.backup_at else first_order_at(session)
    kept = [
        *condition_concerns(condition),
        *backup_concerns(backups, since=since, now=at),
        *hygiene_concerns(session, today=local(at).date()),
        *printer_concerns(db.session()),
    ]
    if service is None:
        day = next_day_without_service(session, at)
        return render_template(
            "office/home.html",
            service=None,
            day=day,
            condition=condition,
            concerns=kept,
            backups=backups,
            now=at,
            first_steps=first_steps(session, None, None),
        )
    figures = figures_of(session, service, now=at)
    promises = promises_of(session, service, depot=settings().depot, now=at)
    menu, slots = menu_of(session, service.date), slots_of(session, service)
    return render_template(
        "office/home.html",
        service=service,
        menu=menu,
        offered=offered(session, menu),
        slots=slots,
        figures=figures,
        promises=promises,
        condition=condition,
        backups=backups,
        concerns=[
            *kept,
            *sale_concerns(session, today=local(at).date()),
            *promise_concerns(service, promises),
            *farm_concerns(session, service, now=at),
            *concerns(service, menu, slots, figures, now=at),
            *delivery_concerns(session, service, now=at),
        ],
        first_steps=[] if figures.orders else first_steps(session, service, menu),
        reasons=REASONS,
        days=[s.date for s in services_from(session, local(at).date())],
        today=local(at).date(),
        now=at,
    )


def _asked_service(at: datetime) -> Service | None:
    """The service of `?day=`, without one that of now."""
    if "day" not in request.args:
        return service_at(db.session(), at)
    return service_of(db.session(), day_or_404(request.args["day"])) or abort(404)
