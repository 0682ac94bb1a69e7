"""The accounts of the staff, for the manager: invited, given a new password, ended."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tokens import qr_code
from ..web.audience import audience, proved
from ..web.view import Page, answered, found, settings
from .forms import ROLES, InviteForm
from .invitation import accounts, end_account, invite, new_account_link
from .signin import last_seen
from .staff import Staff, set_active

room = Blueprint("staff", __name__)


@room.route("/office/accounts", methods=["GET", "POST"])
@audience("manager")
@proved
def staff() -> Page:
    """Every account, and an invitation to another one."""
    form = InviteForm()
    if form.validate_on_submit():
        with answered(form) as session:
            name = form.name.data or ""
            token = invite(session, name=name, role=form.role.data, now=clock.now())
        if not form.errors:
            return _link_page(name, token)
    session = db.session()
    return render_template(
        "accounts/staff.html",
        form=form,
        accounts=accounts(session),
        roles=ROLES,
        seen=last_seen(session),
    ), form.code


def _link_page(name: str, token: str) -> Page:
    address = f"{settings().public_url}{url_for('accounts.enter', token=token)}"
    return render_template(
        "accounts/invited.html", name=name, address=address, code=Markup(qr_code(address))
    )


@room.post("/office/accounts/<key:staff_id>/link")
@audience("manager")
@proved
def reset(staff_id: int) -> Page:
    """Show a link to set a new password, and a new second factor where the old one is lost."""
    drops_factor = request.form.get("factor") == "lost"
    with write_tx() as session:
        account = found(Staff, staff_id)
        token = new_account_link(session, account, now=clock.now(), drops_factor=drops_factor)
    return _link_page(account.name, token)


@room.post("/office/accounts/<key:staff_id>/end")
@audience("manager")
@proved
def end(staff_id: int) -> Page:
    """End an account, and its sign-ins with it."""
    with write_tx() as session:
        account = found(Staff, staff_id)
        end_account(session, account, by=current_user.staff_id, now=clock.now())
    flash(_("%(name)s comes in no more.", name=account.name))
    return redirect(url_for("staff.staff"), 303)


@room.post("/office/accounts/<key:staff_id>/back")
@audience("manager")
@proved
def let_back(staff_id: int) -> Page:
    """Let an account that was ended come in again."""
    with write_tx() as session:
        account = found(Staff, staff_id)
        set_active(session, account.name, True)
    flash(_("%(name)s may come in again.", name=account.name))
    return redirect(url_for("staff.staff"), 303)
