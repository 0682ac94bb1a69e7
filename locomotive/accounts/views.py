"""Coming in and going out, and the language of what is shown."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, logout_user

from ..core.clock import clock
from ..core.db import db, write_tx
from ..web.audience import audience
from ..web.language import LANGUAGES
from ..web.view import Page
from .device import enrol
from .forms import SignInForm
from .rate import count_try
from .signin import entry_link, sign_in, sign_out
from .staff import staff_of_password
from .visitor_page import page_asked_for, welcome

room = Blueprint("accounts", __name__)


@room.route("/sign-in", methods=["GET", "POST"])
@audience("public")
def sign_in_page() -> Page:
    """Sign in with a name and a password."""
    form = SignInForm()
    if form.validate_on_submit():
        _count_sign_in()
        staff = staff_of_password(db.session(), form.name.data or "", form.password.data or "")
        if staff is not None:
            return _come_in(role=staff.role, label=staff.name)
        form.password.errors = [_("This name and password do not go together. Try again.")]
    return render_template("accounts/sign_in.html", form=form), form.code


def _count_sign_in() -> None:
    name, period = f"sign-in:{request.remote_addr}", timedelta(minutes=10)
    with write_tx() as session:
        count_try(session, name, limit=10, period=period, now=clock.now())


def _come_in(*, role: str, label: str) -> Page:
    with write_tx() as session:
        token = sign_in(session, role=role, label=label, now=clock.now())
    return welcome(token)


@room.route("/in/<token>", methods=["GET", "POST"])
@audience("public")
def enter(token: str) -> Page:
    """Come in by a dated link; the button posts, so that a link's preview signs nobody in."""
    link = entry_link(db.session(), token, now=clock.now())
    if request.method == "GET":
        return render_template("accounts/enter.html", link=link)
    if link.device_id is None:
        return _come_in(role=link.role, label=link.label)
    with write_tx() as session:
        token_of_device = enrol(session, link, now=clock.now())
    return welcome(token_of_device)


@room.post("/sign-out")
@audience("public")
def leave() -> Page:
    """Sign out and revoke the row."""
    if current_user.is_authenticated:
        with write_tx() as session:
            sign_out(session, current_user.sign_in_id, now=clock.now())
        logout_user()
        flash(_("You are signed out."))
    return redirect(url_for("shop.today"), 303)


@room.get("/language/<code>")
@audience("public")
def choose_language(code: str) -> Page:
    """Remember the language in a cookie and go back."""
    if code not in LANGUAGES:
        abort(404)
    response = redirect(page_asked_for() or url_for("shop.today"), 303)
    response.set_cookie("language", code, max_age=31_536_000, samesite="Lax", httponly=True)
    return response
