"""An act as a request begins and ends it, and the words for where in the house it was."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request
from flask_login import current_user

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import N_
from .line import Act

COMMAND = "command"  # actor, role and kind of what was done from the command line
# Kind → what it is called, and the blueprints whose acts are of it.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "menu": (
        N_("Dishes and menu"),
        ("menu", "dishes", "options", "set_menus", "weeks", "recipes", "photos", "origins"),
    ),
    "farm": (
        N_("Farm"),
        (
            "stock",
            "suppliers",
            "produce",
            "buying",
            "notes",
            "exchange",
            "tables",
            "farmer",
            "forecast",
            "season",
            "shelves",
        ),
    ),
    "service": (N_("Service"), ("service", "service_day", "disruption")),
    "places": (N_("Places"), ("places", "passages", "zone", "position", "town")),
    "fleet": (N_("Tricycles"), ("fleet",)),
    "kitchen": (
        N_("Kitchen"),
        ("kitchen", "press", "pin", "papers", "prints", "printers", "practice", "leftovers"),
    ),
    "hygiene": (N_("Food safety"), ("hygiene", "hygiene_office", "use_by")),
    "batches": (N_("Batches"), ("batches", "swaps", "content", "recalls")),
    "rounds": (
        N_("Rounds"),
        (
            *("dispatch", "amendments", "locks", "collections", "learning", "ticks", "trouble"),
            *("rider", "boxes", "kept", "partner", "partner_api", "partners_office"),
            *("relays", "rides"),
        ),
    ),
    "orders": (
        N_("Orders"),
        (
            *("order", "change", "checkout", "basket", "shop", "desk", "join", "organise"),
            *("alerts", "reader"),
        ),
    ),
    "accounts": (N_("Accounts"), ("accounts", "staff", "own", "screens", "passkeys")),
    "figures": (N_("Figures"), ("figures", "trail")),
    COMMAND: (N_("Command line"), ()),
}
OTHER = "other"


def kind_of(blueprint: str) -> str:
    """The kind of an act in one room."""
    return next((kind for kind, (_w, rooms) in KINDS.items() if blueprint in rooms), OTHER)


def follow_act() -> Act:
    """Note from now on what this request of somebody who is signed in changes."""
    act = Act(
        {
            "at": clock.now(),
            "actor": current_user.label,
            "role": str(current_user.role),
            "device": current_user.row.browser,
            "kind": kind_of(request.blueprint or ""),
            "what": request.endpoint,
            "place": place_of_act(),
        }
    )
    act.listen(db.session())
    return act


@contextmanager
def told_act(command: str) -> Iterator[None]:
    """Note what one of our commands changes, and that it ran where it changed nothing; who sat at
    the machine is not known."""
    act = Act(
        {
            "at": clock.now(),
            "actor": COMMAND,
            "role": COMMAND,
            "device": "",
            "kind": COMMAND,
            "what": command,
            "place": f"flask {command}",
        }
    )
    act.listen(db.session())
    yield
    end_act(act, is_done=True)


def place_of_act() -> str:
    """The address of the request without what is secret in it."""
    if "token" in (request.view_args or {}):
        return str(request.url_rule)[:200]
    return request.path[:200]


def end_act(act: Act, *, is_done: bool) -> None:
    """Tell of an act that changed no row too, if it was done."""
    if is_done and not act.is_told:
        with write_tx() as session:
            act.tell(session)
