"""Everybody's own account: password, second factor, where one is signed in."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import N_, Invalid
from ..core.tokens import qr_code, seal, unseal
from ..web.audience import proved
from ..web.view import Page, found, refused_at, settings
from .factor import (
    CodeWrong,
    Proof,
    drop_factor,
    factor_address,
    lay_recovery_codes,
    new_recovery_codes,
    new_secret,
    proof_of,
    start_factor,
    step_of,
    take_proof,
)
from .forms import CodeForm, LinkForm, NewPasswordForm, ProofForm
from .invitation import set_password
from .rate import forget_tries
from .signin import (
    EntryLink,
    LinkUnknown,
    SignIn,
    entry_link,
    note_proof,
    own_sign_ins,
    sign_out,
    spend_link,
)
from .staff import Staff, hash_password, is_slow_hash_of
from .visitor_page import HOME, count_entry, everybody, own_account, page_asked_for

room = Blueprint("own", __name__)


class ProofWrong(Invalid):
    message = N_("This is neither your password nor a code that is still good. Try again.")


class LinkWrong(Invalid):
    message = N_("This link is unknown, too old, or lets somebody else in. Paste a new one.")


@room.get("/account")
@everybody
def page() -> Page:
    """One's own account."""
    return _page(NewPasswordForm())


def _page(form: NewPasswordForm) -> Page:
    account = own_account()
    return render_template(
        "accounts/own.html",
        form=form,
        account=account,
        sign_ins=own_sign_ins(db.session(), account.id, now=clock.now()),
        is_required=settings().second_factor and account.role == "manager",
    ), form.code


@room.post("/account/password")
@everybody
@proved
def change_password() -> Page:
    """Another password; other sign-ins of the account end."""
    account, form = own_account(), NewPasswordForm()
    if form.validate_on_submit():
        with refused_at(form):
            hashed, here = hash_password(form.password.data or ""), current_user.sign_in_id
            with write_tx() as session:
                set_password(session, account.id, hashed, keeps=here, now=clock.now())
            flash(_("Your password is changed. Elsewhere you are signed out."))
            return redirect(url_for("own.page"), 303)
    return _page(form)


@room.post("/account/sign-ins/<key:sign_in_id>/revoke")
@everybody
def revoke(sign_in_id: int) -> Page:
    """End one of one's own sign-ins."""
    account, row = own_account(), found(SignIn, sign_in_id)
    if row.staff_id != account.id:
        abort(404)
    with write_tx() as session:
        sign_out(session, row.id, now=clock.now())
    flash(_("That sign-in is ended."))
    return redirect(url_for("own.page"), 303)


@room.route("/account/factor", methods=["GET", "POST"])
@everybody
@proved
def factor() -> Page:
    """Lay a second factor: a secret for the phone, confirmed by one of its codes."""
    account, form = own_account(), CodeForm()
    sealed = request.form.get("secret", "")
    secret = unseal(settings().secret_key, f"factor of {account.id}", sealed) or new_secret()
    if form.validate_on_submit():
        with refused_at(form):
            step = step_of(secret, form.digits.data or "", now=clock.now())
            if step is None:
                raise CodeWrong(field="digits")
            codes = new_recovery_codes()
            with write_tx() as session:
                key = settings().secret_key
                start_factor(session, account.id, secret, step=step, key=key)
                lay_recovery_codes(session, account.id, codes)
            return _codes_page(codes)
    address = factor_address(secret, name=account.name, issuer=settings().restaurant_name)
    return render_template(
        "accounts/factor.html",
        form=form,
        secret=secret,
        sealed=seal(settings().secret_key, f"factor of {account.id}", secret),
        code=Markup(qr_code(address)),
    ), form.code


def _codes_page(codes: list[tuple[str, str]]) -> Page:
    return render_template("accounts/codes.html", codes=[code for code, _hash in codes])


@room.post("/account/codes")
@everybody
@proved
def renew_codes() -> Page:
    """Ten new codes to write down, in place of those given before."""
    account = own_account()
    if account.factor_secret is None:
        abort(404)
    codes = new_recovery_codes()
    with write_tx() as session:
        lay_recovery_codes(session, account.id, codes)
    return _codes_page(codes)


@room.post("/account/factor/drop")
@everybody
@proved
def drop() -> Page:
    """Do without a second factor from now on."""
    account = own_account()
    with write_tx() as session:
        drop_factor(session, account.id)
    flash(_("From now on your password alone lets you in."))
    return redirect(url_for("own.page"), 303)


@room.route("/account/prove", methods=["GET", "POST"])
@everybody
def prove() -> Page:
    """Show password, code or, for whoever came in by one, a link once more, and go on."""
    account = db.session.get(Staff, current_user.staff_id) if current_user.staff_id else None
    form: ProofForm | LinkForm = ProofForm() if account else LinkForm()
    if form.validate_on_submit():
        counted, typed = count_entry(current_user.label), form.proof.data or ""
        with refused_at(form):
            shown = _proof(account, typed) if account else _link(typed)
            with write_tx() as session:
                _take(session, account, shown)
                forget_tries(session, counted)
                note_proof(session, current_user.sign_in_id, now=clock.now())
            return redirect(page_asked_for() or url_for(HOME[current_user.role]), 303)
    return render_template("accounts/prove.html", form=form, account=account), form.code


def _take(session: Session, account: Staff | None, shown: Proof | EntryLink | None) -> None:
    """Let what is good once be good no more."""
    if isinstance(shown, EntryLink):
        if shown.is_single:
            spend_link(session, shown, now=clock.now())
    elif account and shown:
        take_proof(session, account, shown, now=clock.now())


def _link(typed: str) -> EntryLink:
    """The link that was pasted, which lets in as much as this sign-in may. Raises LinkWrong."""
    token = typed.strip().rstrip("/").rpartition("/")[2]
    try:
        link = entry_link(db.session(), token, now=clock.now())
    except LinkUnknown:
        raise LinkWrong(field="proof") from None
    if link.role != current_user.role or link.staff_id or link.device_id:
        raise LinkWrong(field="proof")
    return link


def _proof(account: Staff, typed: str) -> Proof | None:
    """The code that was typed, none for the right password. Raises ProofWrong."""
    if is_slow_hash_of(account.password_hash, typed):
        return None
    try:
        key = settings().secret_key
        return proof_of(db.session(), account, typed, key=key, now=clock.now())
    except CodeWrong:
        raise ProofWrong(field="proof") from None
