"""Coming in and going out, and the language of what is shown."""

from datetime import timedelta

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user, logout_user

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tokens import token_hash
from ..web.audience import audience
from ..web.language import LANGUAGES
from ..web.view import Page, settings
from .device import enrol
from .forms import SignInForm
from .rate import check_tries, count_try, forget_tries, network_of
from .signin import entry_link, sign_in, sign_out, use_entry_link
from .staff import Staff, staff_of_password
from .visitor_page import page_asked_for, welcome

room = Blueprint("accounts", __name__)
# Tries within ten minutes.
MOST_OF_ACCOUNT, MOST_OF_NETWORK = 10, 100


@room.route("/sign-in", methods=["GET", "POST"])
@audience("public")
def sign_in_page() -> Page:
    """Sign in with a name and a password."""
    form = SignInForm()
    if form.validate_on_submit():
        counted = _count_sign_in(form.name.data or "")
        staff = staff_of_password(db.session(), form.name.data or "", form.password.data or "")
        if staff is not None:
            return _come_in(staff, counted)
        form.password.errors = [_("This name and password do not go together. Try again.")]
    return render_template("accounts/sign_in.html", form=form), form.code


def _count_sign_in(name: str) -> str:
    """Count a try of one account from one network, and of the network whatever the account; the
    counter's name. A house whose proxy hides all addresses does not lock every account at once."""
    network = network_of(request.remote_addr)
    account = f"sign-in:{token_hash(name.casefold())[:32]}@{network}"
    period, now = timedelta(minutes=10), clock.now()
    for counter, limit in ((account, MOST_OF_ACCOUNT), (f"sign-in:{network}", MOST_OF_NETWORK)):
        check_tries(db.session(), counter, limit=limit, period=period, now=now)
    with write_tx() as session:
        count_try(session, account, limit=MOST_OF_ACCOUNT, period=period, now=now)
        count_try(session, f"sign-in:{network}", limit=MOST_OF_NETWORK, period=period, now=now)
    return account


def _come_in(staff: Staff, counter: str) -> Page:
    with write_tx() as session:
        forget_tries(session, counter)
        token = sign_in(
            session, role=staff.role, label=staff.name, now=clock.now(), staff_id=staff.id
        )
    return welcome(token)


@room.route("/in/<token>", methods=["GET", "POST"])
@audience("public")
def enter(token: str) -> Page:
    """Come in by a dated link; the button posts, so that a link's preview signs nobody in."""
    link = entry_link(db.session(), token, now=clock.now())
    if request.method == "GET":
        return render_template("accounts/enter.html", link=link)
    come_in = use_entry_link if link.device_id is None else enrol
    with write_tx() as session:
        token_of_row = come_in(session, link, now=clock.now())
    return welcome(token_of_row)


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
    response.set_cookie(
        "language",
        code,
        max_age=31_536_000,
        samesite="Lax",
        httponly=True,
        secure=settings().is_production,
    )
    return response
