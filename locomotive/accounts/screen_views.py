"""The kitchen's screens: enrolled, shown alive, shut out."""

from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tokens import qr_code
from ..web.audience import audience
from ..web.view import Page, found, settings
from .device import (
    ALIVE,
    ENROLMENT_LASTS,
    Device,
    alive,
    alive_folder,
    devices,
    new_device,
    new_enrolment,
    note_alive,
    pin_hash,
    revoke,
)
from .forms import DeviceForm
from .signin import SignIn, note_seen, sign_ins, sign_out

room = Blueprint("screens", __name__)


@room.route("/office/devices", methods=["GET", "POST"])
@audience("manager")
def screens() -> Page:
    """The kitchen's screens: which are alive; enrol another one."""
    form = DeviceForm()
    if not form.validate_on_submit():
        return _screens_page(form)
    name, hashed = form.name.data or "", pin_hash(form.pin.data or "")
    with write_tx() as session:
        device, token = new_device(
            session, name=name, role="kitchen", pin_hash=hashed, now=clock.now()
        )
    return _enrolment_page(device, token)


def _screens_page(form: DeviceForm) -> Page:
    session, at = db.session(), clock.now()
    return render_template(
        "accounts/screens.html",
        form=form,
        devices=devices(session),
        alive=alive(alive_folder(settings().files), session),
        sign_ins=sign_ins(session, now=at),
        is_alive=lambda seen: at - seen < ALIVE,
    ), form.code


def _enrolment_page(device: Device, token: str) -> Page:
    address = f"{settings().public_url}{url_for('accounts.enter', token=token)}"
    return render_template(
        "accounts/enrolment.html",
        device=device,
        address=address,
        code=Markup(qr_code(address)),
        minutes=ENROLMENT_LASTS // timedelta(minutes=1),
    )


@room.post("/office/devices/<key:device_id>/link")
@audience("manager")
def enrol_again(device_id: int) -> Page:
    """Show a new QR code for a screen that was lost or emptied."""
    with write_tx() as session:
        device = found(Device, device_id)
        token = new_enrolment(session, device, now=clock.now())
    return _enrolment_page(device, token)


@room.post("/office/devices/<key:device_id>/revoke")
@audience("manager")
def revoke_screen(device_id: int) -> Page:
    """Shut a screen out."""
    with write_tx() as session:
        device = found(Device, device_id)
        revoke(session, device, now=clock.now())
    flash(_("%(name)s is shut out.", name=device.name))
    return redirect(url_for("screens.screens"), 303)


@room.post("/office/sign-ins/<key:sign_in_id>/revoke")
@audience("manager")
def revoke_sign_in(sign_in_id: int) -> Page:
    """End a sign-in at once."""
    with write_tx() as session:
        row = found(SignIn, sign_in_id)
        sign_out(session, row.id, now=clock.now())
    flash(_("%(name)s is signed out.", name=row.label))
    return redirect(url_for("screens.screens"), 303)


@room.before_app_request
def note_use() -> None:
    """Remember that an enrolled screen is alive, and now and then that a sign-in is used."""
    screen = request.args.get("screen", "")
    if screen and getattr(current_user, "device_id", None):
        note_alive(
            alive_folder(settings().files),
            current_user.sign_in_id,
            page=screen[:40],
            now=clock.now(),
        )
    view = current_app.view_functions.get(request.endpoint or "")
    # Other pages do without knowing who looks at them.
    if "public" in getattr(view, "audience", {"public"}) or not current_user.is_authenticated:
        return
    if current_user.is_due(clock.now()):
        with write_tx() as session:
            note_seen(session, current_user.sign_in_id, now=clock.now())
