"""Food safety on the kitchen's tablet: temperatures, cooling, reheating, cleaning."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import escape
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ..core.clock import clock, local, moment_of
from ..core.db import db, write_tx
from ..core.refusal import N_, Invalid, Refusal
from ..core.tokens import new_token
from ..farm.forms import tenths_of
from ..menu.dish import Dish
from ..ordering.lunch import next_lunch
from ..ordering.order import touch as touch_screens
from ..practice.copy_page import follow_copy
from ..web.audience import audience
from ..web.fields import clean
from ..web.language import sentence
from ..web.view import Page, found, is_first
from .due import due_points
from .heating import begin, measure, on_the_way, to_cool
from .point import KINDS, SURFACES, ControlPoint
from .reading import (
    ACTS,
    OTHER,
    Reading,
    Touch,
    correct,
    latest_readings,
    open_alarms,
    read_point,
    take_back,
    touch_of,
)
from .thermal_step import STEPS, ThermalStep

room = Blueprint("hygiene", __name__)
follow_copy(room)
PAGES = ("readings", "cleaning", *STEPS)
TOKEN, KEY = "form-token-of-this-screen", "form-key-of-this-form"
LONGEST_NAME = 60


class ValueUnreadable(Invalid):
    message = N_("Write a number such as 4,5 or −18.")


@room.get("/kitchen/hygiene/", defaults={"screen": "readings"})
@room.get("/kitchen/hygiene/<any(cleaning, cooling, reheating):screen>")
@audience("kitchen")
def show(screen: str) -> str:
    """What is read, cooled, heated again or cleaned."""
    return _shown(screen, "screen")


@room.get("/kitchen/hygiene/<any(readings, cleaning, cooling, reheating):screen>/board")
@audience("kitchen")
def fragment(screen: str) -> Response:
    """What the screen asks for every 2 s."""
    html = _html(screen, f"_{screen}")
    etag = sha256(html.encode()).hexdigest()[:20]
    is_known = request.if_none_match.contains_weak(etag)
    response = Response(status=304) if is_known else make_response(_own(html))
    response.set_etag(etag, weak=True)
    return response


@room.post("/kitchen/hygiene/points/<key:point_id>/reading")
@audience("kitchen")
def read(point_id: int) -> Page:
    """A value read at a point, a cleaning done, or the last one of today taken back (`undo`)."""
    point = found(ControlPoint, point_id)

    def rule(session: Session) -> None:
        ours = session.get_one(ControlPoint, point.id)
        if request.values.get("undo"):
            return take_back(session, ours, _touch())
        tenths = None if KINDS[ours.kind].believed is None else _value()
        read_point(session, ours, tenths, _touch())
        return None

    return _act(rule, "cleaning" if point.kind == "cleaning" else "readings")


@room.post("/kitchen/hygiene/<any(cooling, reheating):screen>/begin/<key:dish_id>")
@audience("kitchen")
def begin_dish(screen: str, dish_id: int) -> Page:
    """A dish begins to cool, or to be heated again."""
    name = found(Dish, dish_id).name
    return _act(lambda session: begin(session, screen, name, _value(), _touch()), screen)


@room.post("/kitchen/hygiene/<any(cooling, reheating):screen>/begin")
@audience("kitchen")
def begin_other(screen: str) -> Page:
    """Something that is no dish begins to cool, or to be heated again."""
    what = clean(request.form.get("what"))[:LONGEST_NAME]
    return _act(lambda session: begin(session, screen, what, _value(), _touch()), screen)


@room.post("/kitchen/hygiene/steps/<key:step_id>/reading")
@audience("kitchen")
def read_step(step_id: int) -> Page:
    """A temperature on the way."""
    page = found(ThermalStep, step_id).kind

    def rule(session: Session) -> None:
        measure(session, session.get_one(ThermalStep, step_id), _value(), _touch())

    return _act(rule, page)


@room.get("/kitchen/hygiene/readings/<key:reading_id>/act")
@audience("kitchen")
def write_act(reading_id: int) -> str:
    """What was done about a reading, in words."""
    return _act_page(found(Reading, reading_id))


def _act_page(reading: Reading, refusal: str = "", chosen: str = OTHER, words: str = "") -> str:
    return render_template(
        "hygiene/act.html",
        reading=reading,
        refusal=refusal,
        act_words=ACTS,
        chosen=chosen,
        words=words,
    )


@room.post("/kitchen/hygiene/readings/<key:reading_id>/act")
@audience("kitchen")
def act(reading_id: int) -> Page:
    """What was done about a reading."""
    found(Reading, reading_id)
    code, words = request.values.get("code", ""), clean(request.form.get("words"))[:200]

    def rule(session: Session) -> None:
        ours = session.get_one(Reading, reading_id, populate_existing=True)
        correct(session, ours, code, _touch(), words=words)

    def again(refusal: str) -> str:
        return _act_page(found(Reading, reading_id), refusal, code, words)

    return _act(rule, _asked_page(), again)


def _act(
    rule: Callable[[Session], object],
    page: str,
    again: Callable[[str], str] | None = None,
) -> Page:
    """Do one act and show its screen again. A script gets no page; a refused press is settled
    with 409, so that it is not sent for ever. `again` draws the page of a form that was wrong."""
    is_fetch = request.headers.get("X-Requested-With") == "fetch"
    try:
        with write_tx() as session:
            if is_first(session):
                rule(session)
                lunch = next_lunch(session, now=clock.now())
                if lunch is not None:
                    touch_screens(session, lunch.id)
    except Refusal as refusal:
        words = sentence(refusal)
        if is_fetch:
            return _shown(page, f"_{page}", words), 409
        return again(words) if again else _shown(page, "screen", words), refusal.status
    if is_fetch:
        return "", 204
    return redirect(url_for("hygiene.show", screen=page), 303)


def _asked_page() -> str:
    asked = request.values.get("page", "")
    return asked if asked in PAGES else "readings"


def _value() -> int:
    tenths = tenths_of(request.form.get("value", ""))
    if tenths is None:
        raise ValueUnreadable(field="value")
    return tenths


def _touch() -> Touch:
    """The press that is answered now; a manager's device bears a person's name, and is not kept."""
    device = current_user.label if current_user.device_id else current_user.role
    times = (moment_of(request.form.get(name)) for name in ("pressed_at", "sent_at"))
    return touch_of(device, *times, now=clock.now())


def _shown(page: str, template: str, refusal: str = "") -> str:
    return _own(_html(page, template, refusal))


def _own(html: str) -> str:
    """The HTML of all screens with the token of the one that asks and a key for each form."""
    html = html.replace(TOKEN, str(escape(generate_csrf())))
    return re.sub(KEY, lambda _found: new_token(), html)


def _html(page: str, template: str, refusal: str = "") -> str:
    session, now = db.session(), clock.now()
    due = due_points(session, today=local(now).date())
    content: dict[str, Any] = {
        "due": [one for one in due if (one.point.kind == "cleaning") == (page == "cleaning")],
        "latest": latest_readings(session, day=local(now).date()),
    }
    if page in STEPS:
        content = {"way": on_the_way(session, page), "dishes": to_cool(session, now=now)}
    return render_template(
        f"hygiene/{template}.html",
        page=page,
        refusal=refusal,
        alarms=open_alarms(session),
        act_words=ACTS,
        kinds=KINDS,
        surfaces=SURFACES,
        now=now,
        token=TOKEN,
        form_key=KEY,
        service=None,
        is_today=True,
        guidance="",
        **content,
    )
