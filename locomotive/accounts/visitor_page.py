"""Who is at the door, as Flask-Login knows it, and the page on which each role begins."""

from datetime import datetime
from urllib.parse import urlsplit

from flask import Flask, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user
from werkzeug.wrappers import Response

from ..core.actor import Actor
from ..core.clock import clock
from ..core.db import db
from .signin import SEEN_EVERY, SignIn, signed_in

HOME = {"manager": "office.home", "kitchen": "kitchen.board", "rider": "dispatch.today"}
ACTORS = {"manager": Actor.OFFICE, "kitchen": Actor.KITCHEN, "rider": Actor.RIDER}


class Visitor(UserMixin):
    """Who is at the door, for Flask-Login: its id is the cookie's token, never a row's number."""

    def __init__(self, token: str, row: SignIn) -> None:
        self.id = token
        self.sign_in_id = row.id
        self.role = row.role
        self.label = row.label
        self.device_id = row.device_id
        self._seen_at = row.seen_at

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to note again that this sign-in is used."""
        is_old = self._seen_at is None or now - self._seen_at > SEEN_EVERY
        return self.device_id is None and is_old

    @property
    def actor(self) -> Actor:
        """As whom it acts on orders; what its device is called says nothing."""
        return ACTORS[self.role]


def know_visitors(app: Flask) -> None:
    """Tie Flask-Login to the sign-in rows."""
    manager = LoginManager()
    # Its own context processor looks for the visitor on every page, the error page too: templates
    # that name `current_user` look, others do not.
    manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals["current_user"] = current_user
    manager.session_protection = None  # the row is the protection: it can be revoked

    @manager.user_loader
    def load(token: str) -> Visitor | None:
        row = signed_in(db.session(), token, now=clock.now())
        return None if row is None else Visitor(token, row)


def welcome(token: str) -> Response:
    """Remember a new sign-in in the cookie, and go to the page asked for or the role's first."""
    row = signed_in(db.session(), token, now=clock.now())
    assert row is not None
    login_user(Visitor(token, row))
    return redirect(page_asked_for() or url_for(HOME[row.role]), 303)


def page_asked_for() -> str | None:
    """The `next` address if it is a path of this site, else None (no open redirect)."""
    address = request.args.get("next")
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    parts = urlsplit(address)
    return address if not parts.netloc and not parts.scheme and "\\" not in address else None
