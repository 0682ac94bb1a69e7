"""Pages that stand twice: in the house, and below /kitchen/practice on the screen's copy."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import apart_engine, apart_tx, db, write_tx
from ..menu.voice import spoken_file
from ..web.language import language
from ..web.view import settings
from .copy import copy_path
from .network_cut import NetworkCut, is_cut, note_press

View = Callable[..., Any]


def follow_copy(room: Blueprint) -> None:
    """Let a room's pages know whether they are asked for in the house or in the copy."""
    room.url_value_preprocessor(_take_copy)
    room.url_defaults(_stay_in_copy)
    room.teardown_request(_leave_copy)


def both(room: Blueprint, rule: str, **options: Any) -> Callable[[View], View]:
    """Route a view in the kitchen and, below /kitchen/practice, in the screen's copy."""

    def routed(view: View) -> View:
        room.route(f"/kitchen{rule}", **options)(view)
        room.route(f"/kitchen/<any(practice):copy>{rule}", **options)(view)
        return view

    return routed


def copy_name() -> str:
    """The part of the address that names the copy; "" in the house."""
    return str(g.get("copy", ""))


def screen_path() -> Path:
    """The database file of the copy of the screen that asks."""
    return copy_path(settings().files, current_user.sign_in_id, day=clock.today())


def page_session() -> Session:
    """Where this request reads: the house's database, or the screen's copy."""
    if not copy_name():
        return db.session()
    if "copy_session" not in g:
        path = screen_path()
        if not path.exists():
            abort(redirect(url_for("practice.practise"), 303))
        g.copy_session = Session(apart_engine(path))
    found: Session = g.copy_session
    return found


def page_tx() -> AbstractContextManager[Session]:
    """Where this request writes."""
    if not copy_name():
        return write_tx()
    page_session().rollback()
    return apart_tx(screen_path())


def need_network() -> None:
    """Raise NetworkCut while the exercise without network lasts on the copy of this screen."""
    if copy_name() and is_cut(page_session(), now=clock.now()):
        if request.method == "POST":
            with page_tx() as copy:
                note_press(copy, now=clock.now())
        raise NetworkCut


def spoken(words: str) -> str | None:
    """The file in which the worker had words said in the page's language; None without one."""
    name = spoken_file(words, language())
    return name if (settings().files / "voices" / name).exists() else None


def _take_copy(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Remember whether the request is about the copy; views do not see it."""
    g.copy = (values or {}).pop("copy", "")


def _stay_in_copy(endpoint: str, values: dict[str, Any]) -> None:
    """Links of a copy's page lead to the copy's pages."""
    if copy_name() and current_app.url_map.is_endpoint_expecting(endpoint, "copy"):
        values.setdefault("copy", copy_name())


def _leave_copy(_error: BaseException | None) -> None:
    session: Session | None = g.pop("copy_session", None)
    if session is not None:
        session.close()
