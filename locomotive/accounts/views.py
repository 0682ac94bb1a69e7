"""Coming in and going out, and the language of what is shown."""

import logging

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
from ..core.tokens import seal, unseal
from ..web.audience import audience
from ..web.language import KITCHEN_LANGUAGES
from ..web.view import Page, refused_at, settings
from .device import enrol
from .factor import Proof, proof_of, take_proof
from .forms import CodeForm, NewPasswordForm, SignInForm
from .invitation import accept
from .rate import forget_tries
from .signin import EntryLink, entry_link, sign_in, sign_out, use_entry_link
from .staff import Staff, hash_password, staff_of_password
from .visitor_page import count_entry, owner_here, page_asked_for, welcome

room = Blueprint("accounts", __name__)
log = logging.getLogger(__name__)
CODE_IS_AWAITED = 300  # seconds after the password


@room.route("/sign-in", methods=["GET", "POST"])
@audience("public")
def sign_in_page() -> Page:
    """Sign in with a name and a password."""
    form = SignInForm()
    if form.validate_on_submit():
        counted = count_entry(form.name.data or "")
        staff = staff_of_password(db.session(), form.name.data or "", form.password.data or "")
        if staff is not None and staff.factor_secret is not None:
            return _ask_code(CodeForm(formdata=None), staff)
        if staff is not None:
            return _come_in(staff, counted)
        log.warning("a sign-in was refused: name or password, from %s", owner_here().network)
        form.password.errors = [_("This name and password do not go together. Try again.")]
    return render_template("accounts/sign_in.html", form=form), form.code


def _ask_code(form: CodeForm, staff: Staff) -> Page:
    facts = {"staff": staff.id, "until": clock.now().timestamp() + CODE_IS_AWAITED}
    return render_template(
        "accounts/code.html",
        form=form,
        passed=seal(settings().secret_key, "password passed", facts),
        next=page_asked_for(),
    ), form.code


@room.post("/sign-in/code")
@audience("public")
def enter_code() -> Page:
    """The second step of signing in, soon after the password was right."""
    facts = unseal(settings().secret_key, "password passed", request.form.get("passed", "")) or {}
    staff = db.session.get(Staff, facts.get("staff", 0))
    if staff is None or not staff.is_active or facts["until"] < clock.now().timestamp():
        flash(_("That took too long: write your name and password again."), "warning")
        return redirect(url_for("accounts.sign_in_page", next=page_asked_for()), 303)
    form = CodeForm()
    if form.validate_on_submit():
        counted = count_entry(staff.name)
        with refused_at(form):
            typed, key = form.digits.data or "", settings().secret_key
            proof = proof_of(db.session(), staff, typed, key=key, now=clock.now())
            return _come_in(staff, counted, proof)
    return _ask_code(form, staff)


def _come_in(staff: Staff, counter: str, proof: Proof | None = None) -> Page:
    with write_tx() as session:
        if proof is not None:
            take_proof(session, staff, proof, now=clock.now())
        forget_tries(session, counter)
        token = sign_in(
            session,
            role=staff.role,
            label=staff.name,
            now=clock.now(),
            owner=owner_here(staff.id),
        )
    return welcome(token)


@room.route("/in/<token>", methods=["GET", "POST"])
@audience("public")
def enter(token: str) -> Page:
    """Come in by a dated link; the button posts, so that a link's preview signs nobody in."""
    link = entry_link(db.session(), token, now=clock.now())
    if link.staff_id is not None:
        return _choose_password(link)
    if request.method == "GET":
        return render_template("accounts/enter.html", link=link)
    with write_tx() as session:
        if link.device_id is None:
            token_of_row = use_entry_link(session, link, owner=owner_here(), now=clock.now())
        else:
            token_of_row = enrol(session, link, now=clock.now())
    return welcome(token_of_row)


def _choose_password(link: EntryLink) -> Page:
    form = NewPasswordForm()
    if form.validate_on_submit():
        with refused_at(form):
            hashed = hash_password(form.password.data or "")
            owner = owner_here(link.staff_id)
            with write_tx() as session:
                token = accept(session, link, password_hash=hashed, owner=owner, now=clock.now())
            if token is None:
                flash(_("Your new password is set. Sign in with it, and with a code."))
                return redirect(url_for("accounts.sign_in_page"), 303)
            return welcome(token)
    return render_template("accounts/password.html", form=form, link=link), form.code


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
    if code not in KITCHEN_LANGUAGES:
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
