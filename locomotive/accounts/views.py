"""Coming in and going out."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response

from ..core.actor import Actor
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.settings import Settings
from ..core.tokens import qr_code
from ..web.audience import audience
from ..web.language import LANGUAGES
from .device import (
    ALIVE,
    ENROLMENT_LASTS,
    Device,
    alive,
    devices,
    enrol,
    new_device,
    new_enrolment,
    note_alive,
    pin_hash,
    revoke,
)
from .forms import DeviceForm, SignInForm
from .rate import count_try
from .signin import SignIn, entry_link, sign_in, sign_out, signed_in
from .staff import Staff, is_password_of

room = Blueprint("accounts", __name__)
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

    @property
    def actor(self) -> Actor:
        """As whom it acts on orders; what its device is called says nothing."""
        return ACTORS[self.role]


def know_visitors(app: Flask) -> None:
    """Tie Flask-Login to the sign-in rows."""
    manager = LoginManager(app)
    manager.session_protection = None  # the row is the protection: it can be revoked

    @manager.user_loader
    def load(token: str) -> Visitor | None:
        row = signed_in(db.session(), token, now=clock.now())
        return None if row is None else Visitor(token, row)


def come_in(*, role: str, label: str) -> Response:
    """Sign in with a fresh row and session, and go to the role's first page."""
    with write_tx() as session:
        token = sign_in(session, role=role, label=label, now=clock.now())
    return _known(token)


def _known(token: str) -> Response:
    row = signed_in(db.session(), token, now=clock.now())
    assert row is not None
    login_user(Visitor(token, row))
    return redirect(_own_page(request.args.get("next")) or url_for(HOME[row.role]), 303)


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
            now=clock.now(),
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
    link = entry_link(db.session(), token, now=clock.now())
    if request.method == "GET":
        return render_template("accounts/enter.html", link=link)
    if link.device_id is None:
        return come_in(role=link.role, label=link.label)
    with write_tx() as session:
        token_of_device = enrol(session, link, now=clock.now())
    return _known(token_of_device)


@room.route("/office/devices", methods=["GET", "POST"])
@audience("manager")
def screens() -> str | tuple[str, int]:
    """The kitchen's screens: which are alive; enrol another one."""
    form = DeviceForm()
    if not form.validate_on_submit():
        return _screens_page(form), 422 if form.errors else 200
    hashed = pin_hash(form.pin.data or "")
    with write_tx() as session:
        device, token = new_device(
            session, name=form.name.data or "", role="kitchen", pin_hash=hashed, now=clock.now()
        )
    return _enrolment_page(device, token)


def _screens_page(form: DeviceForm) -> str:
    session, at = db.session(), clock.now()
    return render_template(
        "accounts/screens.html",
        form=form,
        devices=devices(session),
        alive=alive(_alive_folder(), session),
        is_alive=lambda seen: at - seen < ALIVE,
    )


def _alive_folder() -> Path:
    settings: Settings = current_app.extensions["settings"]
    return settings.instance / "alive"


def _enrolment_page(device: Device, token: str) -> str:
    settings: Settings = current_app.extensions["settings"]
    address = f"{settings.public_url}{url_for('accounts.enter', token=token)}"
    minutes = int(ENROLMENT_LASTS.total_seconds() // 60)
    return render_template(
        "accounts/enrolment.html",
        device=device,
        address=address,
        code=Markup(qr_code(address)),
        minutes=minutes,
    )


@room.post("/office/devices/<key:device_id>/link")
@audience("manager")
def enrol_again(device_id: int) -> str:
    """Show a new QR code for a screen that was lost or emptied."""
    with write_tx() as session:
        device = session.get(Device, device_id) or abort(404)
        token = new_enrolment(session, device, now=clock.now())
    return _enrolment_page(device, token)


@room.post("/office/devices/<key:device_id>/revoke")
@audience("manager")
def revoke_screen(device_id: int) -> Response:
    """Shut a screen out."""
    with write_tx() as session:
        device = session.get(Device, device_id) or abort(404)
        revoke(session, device, now=clock.now())
    flash(_("%(name)s is shut out.", name=device.name))
    return redirect(url_for("accounts.screens"), 303)


@room.before_app_request
def note_screen() -> None:
    """Remember that an enrolled screen is alive."""
    screen = request.args.get("screen", "")
    if screen and getattr(current_user, "device_id", None):
        note_alive(_alive_folder(), current_user.sign_in_id, page=screen[:40], now=clock.now())


@room.post("/sign-out")
@audience("public")
def leave() -> Response:
    """Sign out and revoke the row."""
    if current_user.is_authenticated:
        with write_tx() as session:
            sign_out(session, current_user.sign_in_id, now=clock.now())
        logout_user()
        flash(_("You are signed out."))
    return redirect(url_for("shop.today"), 303)


@room.get("/language/<code>")
@audience("public")
def choose_language(code: str) -> Response:
    """Remember the language in a cookie and go back."""
    if code not in LANGUAGES:
        abort(404)
    response = redirect(_own_page(request.args.get("next")) or url_for("shop.today"), 303)
    response.set_cookie("language", code, max_age=31_536_000, samesite="Lax", httponly=True)
    return response
