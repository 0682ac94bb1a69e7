"""The tasks that rooms ask the worker for, without knowing what the worker does."""

from dataclasses import dataclass

from flask import current_app


@dataclass(frozen=True)
class Task:
    """A task of the worker; its name is the one in the queue and outlives an upgrade."""

    name: str


SEND_MAILS = Task("send_mails")
PLAN_ROUNDS = Task("plan_rounds")
MAKE_ROADS = Task("make_roads")
MEASURE_REACH = Task("measure_reach")
MAKE_SHEET = Task("make_sheet")
MAKE_PAPERS = Task("make_papers")
MAKE_PURCHASE_SHEET = Task("make_purchase_sheet")


def ask_worker(task: Task, *arguments: object) -> None:
    """Ask for a task; never fails, the database remembers the work."""
    current_app.extensions["jobs"].soon(task, *arguments)
