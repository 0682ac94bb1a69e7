"""Who is at the door, as Flask-Login knows it, and the page on which each role begins."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Flask, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user
from werkzeug.wrappers import Response

from ..core.actor import Actor, Role
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import N_, Refusal
from ..core.tokens import token_hash
from ..trail.act_page import follow_act
from ..web.audience import audience
from .rate import check_tries, count_try, near_network, network_of
from .signin import SEEN_EVERY, Owner, SignIn, signed_in
from .staff import Staff

HOME = {
    Role.MANAGER: "office.home",
    Role.KITCHEN: "kitchen.board",
    Role.RIDER: "dispatch.today",
    Role.ACCOUNTANT: "figures.overview",
}
# An accountant acts on no order of others.
ACTORS = {
    Role.MANAGER: Actor.OFFICE,
    Role.KITCHEN: Actor.KITCHEN,
    Role.RIDER: Actor.RIDER,
    Role.ACCOUNTANT: Actor.CUSTOMER,
}
everybody = audience("manager", "kitchen", "rider", "accountant")
# Tries within ten minutes.
MOST_OF_ACCOUNT, MOST_OF_NETWORK = 10, 100
# What stands in a browser's own line; the more particular names come first.
BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")


class NoAccount(Refusal):
    message = N_("You came in by a link, not by an account. Ask for a new link to go on.")
    status = 403


class Visitor(UserMixin):
    """Who is at the door, for Flask-Login: its id is the cookie's token, never a row's number."""

    def __init__(self, token: str, row: SignIn) -> None:
        self.id = token
        self.row = row
        self.sign_in_id = row.id
        self.role = Role(row.role)
        self.label = row.label
        self.device_id = row.device_id
        self.staff_id = row.staff_id
        self._seen_at = row.seen_at

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to note again that this sign-in is used."""
        is_old = self._seen_at is None or now - self._seen_at > SEEN_EVERY
        return self.device_id is None and is_old

    def is_proved(self, now: datetime) -> bool:
        """Whether password, code or link were shown only just now."""
        return self.row.is_proved(now)

    def lacks_factor(self) -> bool:
        """Whether this is an account without a second factor; asks the database."""
        staff = db.session.get(Staff, self.staff_id) if self.staff_id else None
        return staff is not None and staff.factor_secret is None

    @property
    def actor(self) -> Actor:
        """As whom it acts on orders; what its device is called says nothing."""
        return ACTORS[self.role]


def own_account() -> Staff:
    """The account of whoever is signed in. Raises NoAccount for one that came in by a link."""
    staff = db.session.get(Staff, current_user.staff_id) if current_user.staff_id else None
    if staff is None:
        raise NoAccount
    return staff


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


def owner_here(staff_id: int | None = None) -> Owner:
    """Whose sign-in this request begins, and from where it comes."""
    return Owner(
        staff_id=staff_id,
        browser=browser_words(request.user_agent.string),
        network=near_network(request.remote_addr),
    )


def browser_words(agent: str) -> str:
    """Browser and system of a user agent's own line, as far as they are known ones."""
    browser = next((name for name in BROWSERS if f"{name}/" in agent), "")
    system = next((name for name in SYSTEMS if re.search(rf"\b{name}\b", agent)), "")
    known = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS"}
    return ", ".join(known.get(name, name) for name in (browser, system) if name)


def count_entry(name: str) -> str:
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


def welcome(token: str) -> Response:
    """Remember a new sign-in in the cookie, and go to the page asked for or the role's first."""
    row = signed_in(db.session(), token, now=clock.now())
    assert row is not None
    visitor = Visitor(token, row)
    login_user(visitor)
    g.act = follow_act()
    return redirect(page_asked_for() or url_for(HOME[visitor.role]), 303)


def page_asked_for() -> str | None:
    """The `next` address if it is a path of this site, else None (no open redirect)."""
    address = request.args.get("next")
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    parts = urlsplit(address)
    # A line's end cannot stand in a header; urlsplit would not see it.
    is_ours = not parts.netloc and not parts.scheme and "\\" not in address
    return address if is_ours and address.isprintable() else None
