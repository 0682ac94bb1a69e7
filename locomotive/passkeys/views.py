"""Coming in by a passkey, and the passkeys of one's own account."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..accounts.rate import forget_tries
from ..accounts.signin import sign_in
from ..accounts.staff import Staff
from ..accounts.visitor_page import count_entry, everybody, own_account, owner_here, welcome
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.mark import is_first_send
from ..core.tokens import seal, unseal
from ..web.audience import audience, proved
from ..web.view import Page, found, refused_at, settings
from .forms import EntryForm, PasskeyForm
from .passkey import (
    Passkey,
    PasskeyWrong,
    Site,
    add_passkey,
    check_entry,
    enrolment_options,
    entry_options,
    find_passkey,
    note_use,
    passkeys_of,
    read_enrolment,
)

room = Blueprint("passkeys", __name__)
SECONDS = 600  # between a page and what a key signed of it


def _site() -> Site:
    host = request.host.partition(":")[0]
    return Site(host, request.host_url.rstrip("/"), settings().restaurant_name)


def _new_challenge() -> tuple[bytes, str]:
    """A challenge, and the same signed with its time, for the form."""
    challenge = secrets.token_bytes(32)
    text = urlsafe_b64encode(challenge).decode()
    facts = {"challenge": text, "until": clock.now().timestamp() + SECONDS}
    return challenge, seal(settings().secret_key, "passkey", facts)


def _challenge() -> bytes:
    """The challenge that the form carries, good once. Raises PasskeyWrong."""
    facts = unseal(settings().secret_key, "passkey", request.form.get("challenge", "")) or {}
    now = clock.now()
    if facts.get("until", 0) < now.timestamp():
        raise PasskeyWrong(field="credential")
    with write_tx() as session:
        if not is_first_send(session, facts["challenge"], now=now):
            raise PasskeyWrong(field="credential")
    return urlsafe_b64decode(facts["challenge"])


@room.route("/account/passkeys", methods=["GET", "POST"])
@everybody
@proved
def passkeys() -> Page:
    """One's own passkeys, and another one."""
    account, form = own_account(), PasskeyForm()
    if form.validate_on_submit():
        with refused_at(form):
            made = read_enrolment(_site(), form.credential.data or "", _challenge())
            with write_tx() as session:
                name = form.passkey_name.data or ""
                add_passkey(session, account, name, made, now=clock.now())
            flash(_("%(name)s lets you in from now on.", name=name))
            return redirect(url_for("passkeys.passkeys"), 303)
    challenge, sealed = _new_challenge()
    return render_template(
        "passkeys/passkeys.html",
        form=form,
        passkeys=passkeys_of(db.session(), account),
        options=enrolment_options(db.session(), _site(), account, challenge),
        challenge=sealed,
    ), form.code


@room.post("/account/passkeys/<key:passkey_id>/remove")
@everybody
@proved
def remove(passkey_id: int) -> Page:
    """Let a passkey open one's account no more."""
    account, row = own_account(), found(Passkey, passkey_id)
    if row.staff_id != account.id:
        abort(404)
    with write_tx() as session:
        session.delete(session.get_one(Passkey, passkey_id))
    flash(_("%(name)s lets nobody in any more.", name=row.name))
    return redirect(url_for("passkeys.passkeys"), 303)


@room.route("/sign-in/passkey", methods=["GET", "POST"])
@audience("public")
def enter() -> Page:
    """Come in by a passkey, without name and password."""
    form = EntryForm()
    if form.validate_on_submit():
        counted = count_entry("passkey")
        with refused_at(form):
            return _come_in(form.credential.data or "", counted)
    challenge, sealed = _new_challenge()
    return render_template(
        "passkeys/enter.html",
        form=form,
        options=entry_options(_site(), challenge),
        challenge=sealed,
    ), form.code


def _come_in(sent: str, counted: str) -> Page:
    challenge, key = _challenge(), find_passkey(db.session(), sent)
    uses, now = check_entry(_site(), key, sent, challenge), clock.now()
    staff, owner = db.session.get_one(Staff, key.staff_id), owner_here(key.staff_id)
    with write_tx() as session:
        note_use(session, key, uses, now=now)
        forget_tries(session, counted)
        token = sign_in(session, role=staff.role, label=staff.name, now=now, owner=owner)
    return welcome(token)
