"""Coming in and going out."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from ..clock import now
from ..db import db, write_tx
from ..door import audience
from ..language import LANGUAGES
from .forms import SignInForm
from .rate import count_try
from .signin import entry_link, sign_in, sign_out, signed_in
from .staff import Staff, is_password_of

room = Blueprint("accounts", __name__)

HOME = {"manager": "office.home", "kitchen": "kitchen.board", "rider": "delivery.today"}


class Visitor(UserMixin):
    """Who is at the door, for Flask-Login: its id is the cookie's token, never a row's number."""

    def __init__(self, *, token: str, sign_in_id: int, role: str, label: str) -> None:
        self.id = token
        self.sign_in_id = sign_in_id
        self.role = role
        self.label = label


def know_visitors(app: Flask) -> None:
    """Tie Flask-Login to the sign-in rows."""
    manager = LoginManager(app)
    manager.session_protection = None  # the row is the protection: it can be revoked

    @manager.user_loader
    def load(token: str) -> Visitor | None:
        row = signed_in(db.session(), token, now=now())
        if row is None:
            return None
        return Visitor(token=token, sign_in_id=row.id, role=row.role, label=row.label)


def come_in(*, role: str, label: str) -> Response:
    """Sign in with a fresh row and session, and go to the role's first page."""
    with write_tx() as session:
        token = sign_in(session, role=role, label=label, now=now())
    visitor = signed_in(db.session(), token, now=now())
    assert visitor is not None
    login_user(Visitor(token=token, sign_in_id=visitor.id, role=role, label=label))
    return redirect(_own_page(request.args.get("next")) or url_for(HOME[role]), 303)


def _own_page(address: str | None) -> str | None:
    """The address if it is a path of this site, else None (no open redirect)."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    parts = urlsplit(address)
    return address if not parts.netloc and not parts.scheme and "\\" not in address else None


@room.route("/sign-in", methods=["GET", "POST"])
@audience("public")
def sign_in_page() -> Response | str | tuple[str, int]:
    """Sign in with a name and a password."""
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form), 422 if form.errors else 200
    with write_tx() as session:
        count_try(
            session,
            f"sign-in:{request.remote_addr}",
            limit=10,
            period=timedelta(minutes=10),
            now=now(),
        )
    staff = db.session.scalar(select(Staff).where(Staff.name == form.name.data))
    if not is_password_of(staff, form.password.data or "") or staff is None:
        form.password.errors = [_("This name and password do not go together. Try again.")]
        return render_template("accounts/sign_in.html", form=form), 422
    return come_in(role=staff.role, label=staff.name)


@room.route("/in/<token>", methods=["GET", "POST"])
@audience("public")
def enter(token: str) -> Response | str:
    """Come in by a dated link; the button posts, so that a link's preview signs nobody in."""
    link = entry_link(db.session(), token, now=now())
    if request.method == "GET":
        return render_template("accounts/enter.html", link=link)
    return come_in(role=link.role, label=link.label)


@room.post("/sign-out")
@audience("public")
def leave() -> Response:
    """Sign out and revoke the row."""
    if current_user.is_authenticated:
        with write_tx() as session:
            sign_out(session, current_user.sign_in_id, now=now())
        logout_user()
        flash(_("You are signed out."))
    return redirect(url_for("ordering.today"), 303)


@room.get("/language/<code>")
@audience("public")
def choose_language(code: str) -> Response:
    """Remember the language in a cookie and go back."""
    if code not in LANGUAGES:
        abort(404)
    response = redirect(_own_page(request.args.get("next")) or url_for("ordering.today"), 303)
    response.set_cookie("language", code, max_age=31_536_000, samesite="Lax", httponly=True)
    return response
