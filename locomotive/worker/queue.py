"""The queue of tasks and its timetable."""

import logging
import os
import sqlite3
from collections.abc import Callable

from flask import Flask, current_app
from huey import Huey, PostgresHuey, SqliteHuey, crontab

from ..core.settings import Settings, WrongSetting
from ..core.tasks import (
    ANSWER_INQUIRIES,
    ASK_NEIGHBOURS,
    MAKE_GIFT_SHEET,
    MAKE_HYGIENE_MONTH,
    MAKE_PAPERS,
    MAKE_PARTNER_STATEMENT,
    MAKE_PURCHASE_SHEET,
    MAKE_ROADS,
    MAKE_SHEET,
    MAKE_STATEMENT,
    MAKE_USE_BY_LABEL,
    MEASURE_REACH,
    PLAN_ROUNDS,
    PRINT_PAPERS,
    SEND_ALERTS,
    SEND_MAILS,
    SET_UP_TOWN,
    Task,
)
from ..web.schema import alone
from .backups import back_up_when_due, drill_when_due
from .content import check_content, speak_exercises, speak_names
from .inquiries import answer_inquiries
from .letter import Letters
from .mails import send_mails
from .news.alerts import look_for_near, send_alerts
from .news.relays import ask_neighbours
from .news.week import look_for_week
from .paper import (
    make_due_papers,
    make_gift_sheet,
    make_hygiene_month,
    make_papers,
    make_partner_statement,
    make_purchase_sheet,
    make_sheet,
    make_statement,
    make_use_by_label,
)
from .planning import plan_rounds
from .post import Post
from .printing import print_all
from .roads import make_roads, measure_reach, renew_town, set_up_town
from .tidy import every_minute, tidy_up

log = logging.getLogger(__name__)


def look_for_mails() -> None:
    """Tell the post that mails are due; it sends them beside all other work."""
    jobs().post.look_now()


def look_for_alerts() -> None:
    """Tell the thread of the alerts that some are due."""
    jobs().alerts.look_now()


def look_for_prints() -> None:
    """Tell the printing that something is to be printed."""
    jobs().printing.look_now()


def look_for_relays() -> None:
    """Tell the thread that speaks to other restaurants that something is to be said."""
    jobs().relays.look_now()


TASKS: dict[Task, Callable[..., None]] = {
    SEND_MAILS: look_for_mails,
    SEND_ALERTS: look_for_alerts,
    PRINT_PAPERS: look_for_prints,
    ASK_NEIGHBOURS: look_for_relays,
    PLAN_ROUNDS: plan_rounds,
    MAKE_ROADS: make_roads,
    MEASURE_REACH: measure_reach,
    SET_UP_TOWN: set_up_town,
    MAKE_SHEET: make_sheet,
    MAKE_PAPERS: make_papers,
    MAKE_PURCHASE_SHEET: make_purchase_sheet,
    MAKE_STATEMENT: make_statement,
    MAKE_PARTNER_STATEMENT: make_partner_statement,
    MAKE_USE_BY_LABEL: make_use_by_label,
    MAKE_GIFT_SHEET: make_gift_sheet,
    MAKE_HYGIENE_MONTH: make_hygiene_month,
    ANSWER_INQUIRIES: answer_inquiries,
}
TIMETABLE = (
    ("every_minute", crontab(), every_minute),
    ("near_orders", crontab(), look_for_near),
    ("weekly_mail", crontab(minute="*/10"), look_for_week),
    ("content", crontab(), check_content),
    ("spoken_names", crontab(minute="*/5"), speak_names),
    ("spoken_exercises", crontab(minute="*/5"), speak_exercises),
    ("due_papers", crontab(), make_due_papers),
    ("open_inquiries", crontab(), answer_inquiries),
    ("backups", crontab(minute="*/10"), back_up_when_due),
    ("drills", crontab(minute="5,35"), drill_when_due),
    ("every_night", crontab(minute="5", hour="3"), tidy_up),
    ("town", crontab(minute="35", hour="3"), renew_town),
)


# A queued task carries a module's name: this one stays, so that an upgrade finds what was queued.
QUEUED_AS = "locomotive.jobs"


class Jobs:
    """The queue of one application and the tasks that it knows."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        with app.app_context():
            self.huey = _queue(settings)
        self._app = app
        self.post = Post(app, "post", send_mails)
        self.alerts = Post(app, "alerts", send_alerts)
        self.printing = Post(app, "printing", print_all)
        self.relays = Post(app, "relays", ask_neighbours)
        self._known = {
            task: self.huey.task(name=task.name)(self._in_app(act)) for task, act in TASKS.items()
        }
        for name, times, act in TIMETABLE:
            self.huey.periodic_task(times, name=name)(self._in_app(act))

    def _in_app(self, act: Callable[..., None]) -> Callable[..., None]:
        def run(*args: object) -> None:
            with self._app.app_context():
                act(*args)

        run.__module__ = QUEUED_AS
        return run

    def soon(self, task: Task, *args: object) -> None:
        """Ask the worker to do a task now. A queue that fails must not fail the request: the
        timetable finds the work in the database."""
        try:
            self._known[task](*args)
        except Exception:
            log.exception("the queue took no task; the timetable will find the work")


def _queue(settings: Settings) -> Huey:
    if settings.uses_postgresql:
        # It makes its tables: two programs that start together would get in each other's way.
        with alone():
            return PostgresHuey(
                "locomotive",
                dsn=settings.database_url.replace("+psycopg", ""),
                serializer=Letters(),
            )
    path = settings.instance / "jobs.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)  # tasks name orders: they are nobody else's business
    # Not WAL: the standard library's SQLite may be one that two writing processes corrupt.
    try:
        return SqliteHuey(
            "locomotive",
            filename=str(path),
            serializer=Letters(),
            journal_mode="truncate",
            fsync=False,
        )
    except sqlite3.DatabaseError as error:
        raise WrongSetting(
            f"{path} cannot be read ({error}): delete it; the worker finds its work again."
        ) from error


def jobs() -> Jobs:
    """The current application's jobs."""
    found: Jobs = current_app.extensions["jobs"]
    return found
