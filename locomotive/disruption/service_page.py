"""The page of one service, shown by every view that changes it."""

from datetime import timedelta

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from ..core.clock import day_of
from ..core.db import db
from ..menu.menu import menu_of
from ..service.fleet import shifts_of, tricycles
from ..service.forms import (
    WeatherForm,
    grid_form,
    service_form,
    shifts_form,
    slots_form,
    stations_form,
)
from ..service.service import Service, service_of
from ..service.slot import slots_of
from ..web.fields import Form


def service_or_404(day: str) -> Service:
    """The service of a day of an address."""
    return service_of(db.session(), day_of(day) or abort(404)) or abort(404)


def service_page(service: Service, **forms: Form) -> tuple[str, int]:
    """The page of one service; the form that was sent stands in for the one that stands."""
    slots, shifts = slots_of(db.session(), service), shifts_of(db.session(), service)
    fleet = tricycles(db.session())
    sent = next(iter(forms.values()), None)
    page = render_template(
        "disruption/service.html",
        service=service,
        slots=slots,
        shifts=shifts,
        without_shift=[
            t for t in fleet if t.is_active and t.id not in {s.tricycle_id for s in shifts}
        ],
        has_tricycles=bool(fleet),
        menu=menu_of(db.session(), service.date),
        one_day=timedelta(days=1),
        weather_form=forms.get("weather_form") or WeatherForm(obj=service),
        form=forms.get("form") or service_form(service),
        grid=forms.get("grid") or grid_form(slots),
        slots_form=forms.get("slots_form") or slots_form(slots),
        shifts_form=forms.get("shifts_form") or shifts_form(shifts),
        stations_form=forms.get("stations_form") or stations_form(slots),
        sent=sent,
    )
    return page, sent.code if sent else 200


def saved(service: Service, said: str) -> Response:
    """Back to the service's page, with a sentence."""
    flash(said)
    return redirect(url_for("service_day.edit", day=service.date), 303)
