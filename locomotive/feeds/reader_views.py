"""The week's menus by mail: asked for, confirmed, stopped."""

from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from ..accounts.rate import count_try, network_of
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import SEND_MAILS, ask_worker
from ..web.audience import audience
from ..web.language import language
from ..web.view import Page, answered, settings
from .forms import ReaderForm
from .reader import ReaderUnknown, ask_reader, confirm, forget_reader, reader_of_token

room = Blueprint("reader", __name__)
ASKED_AN_HOUR = 10  # from one network


@room.record_once
def trust_links(state: BlueprintSetupState) -> None:
    """A mail program presses the button by itself and has no cookie (RFC 8058): the link alone
    counts."""
    state.app.extensions["csrf"].exempt(stop)


@room.app_template_global()
def is_week_mailed() -> bool:
    """Whether the week's menus are sent by mail at all."""
    return settings().menu_mail_day > 0


@room.route("/weekly", methods=["GET", "POST"])
@audience("public")
def ask() -> Page:
    """Ask for the week's menus; the answer says nothing of whether the address is known."""
    if not is_week_mailed():
        abort(404)
    form = ReaderForm()
    if request.method == "POST" and form.validate():
        network = network_of(request.remote_addr)
        with answered(form) as session:
            now, name = clock.now(), f"weekly {network}"
            count_try(session, name, limit=ASKED_AN_HOUR, period=timedelta(hours=1), now=now)
            secret, email = settings().secret_key, form.email.data or ""
            ask_reader(session, email, language=language(), secret=secret, now=now)
        if not form.errors:
            ask_worker(SEND_MAILS)
            return redirect(url_for(".ask", sent=1), 303)
    is_sent = "sent" in request.args and not form.errors
    return render_template("feeds/ask.html", form=form, is_sent=is_sent), form.code


@room.get("/weekly/<token>")
@audience("public")
def reader(token: str) -> str:
    """A reader's own page: one button that confirms, one that stops."""
    found = reader_of_token(db.session(), token)
    return render_template("feeds/reader.html", reader=found, token=token)


@room.post("/weekly/<token>/confirm")
@audience("public")
def confirm_reader(token: str) -> Page:
    """She says that it is she; a page that a mail program fetches by itself says nothing."""
    with write_tx() as session:
        confirm(session, reader_of_token(session, token), now=clock.now())
    return redirect(url_for(".reader", token=token), 303)


@room.post("/weekly/<token>")
@audience("public")
def stop(token: str) -> Page:
    """She gets no more mails, whether she or her mail program pressed (RFC 8058); twice is well,
    too."""
    try:
        with write_tx() as session:
            forget_reader(session, reader_of_token(session, token))
    except ReaderUnknown:
        pass
    return render_template("feeds/stopped.html"), 200
