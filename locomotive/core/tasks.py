"""The tasks that rooms ask the worker for, without knowing what the worker does, and the one
thing that must follow in their own transaction."""

from dataclasses import dataclass

from flask import current_app
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Task:
    """A task of the worker; its name is the one in the queue and outlives an upgrade."""

    name: str


SEND_MAILS = Task("send_mails")
SEND_ALERTS = Task("send_alerts")
PLAN_ROUNDS = Task("plan_rounds")
MAKE_ROADS = Task("make_roads")
MEASURE_REACH = Task("measure_reach")
SET_UP_TOWN = Task("set_up_town")
MAKE_SHEET = Task("make_sheet")
MAKE_PAPERS = Task("make_papers")
MAKE_PURCHASE_SHEET = Task("make_purchase_sheet")
MAKE_STATEMENT = Task("make_statement")
MAKE_PARTNER_STATEMENT = Task("make_partner_statement")
MAKE_USE_BY_LABEL = Task("make_use_by_label")
MAKE_GIFT_SHEET = Task("make_gift_sheet")
MAKE_HYGIENE_MONTH = Task("make_hygiene_month")
PRINT_PAPERS = Task("print_papers")
ASK_NEIGHBOURS = Task("ask_neighbours")
ANSWER_INQUIRIES = Task("answer_inquiries")


def ask_worker(task: Task, *arguments: object) -> None:
    """Ask for a task; never fails, the database remembers the work."""
    current_app.extensions["jobs"].soon(task, *arguments)


def content_changed(session: Session, cause: str, what: str = "") -> None:
    """Say, in the transaction that changed it, that what is in dishes may be another now.

    Everything that shows content follows before the transaction ends. `cause` is a code of
    `CAUSES`, `what` the name of what was changed.
    """
    current_app.extensions["content"](session, cause, what)
