"""The worker's tasks and their timetable.

The queue lives beside the database: a SQLite file of its own, or PostgreSQL when the database is
one. Nothing that must not be lost is kept in it: mails and plannings are rows of the database,
a task only says "look now".
"""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from flask_babel import force_locale
from huey import Huey, PostgresHuey, SqliteHuey, crontab

import routing
from routing import SolverDied, solve_in_process
from routing.streets import Built, RoadsUnusable, rebuild

from .accounts.rate import forget_rates
from .buying import purchase_path
from .buying import sheet_html as purchase_html
from .clock import local, now
from .db import db, write_tx
from .delivery.collection import order_weight
from .delivery.lock import (
    PlanLock,
    locked_delivery,
    locks_of,
    note_cost,
    whole_delivery,
    with_locks,
)
from .delivery.paper import NoPango, pdf, sheet_path
from .delivery.planning import OrdersChanged, Planning, claim_planning, fail_planning, publish
from .delivery.round import Round, rounds_of
from .delivery.views import sheet_html
from .farm.lot import wrong_stocks
from .farm.purchase import Purchase
from .kitchen.paper import ON_A4, PAPERS, is_pack_due, last_pack, old_packs, pack_path
from .kitchen.paper_views import paper_html
from .kitchen.practice import old_copies, throw_away
from .mails import send_mails
from .ordering.counter import wrong_counters
from .ordering.hold import expire_holds
from .ordering.order import erase_exceptions
from .ordering.problem import Delivery
from .ordering.promise import judge_promises
from .ordering.question import retimed
from .ordering.tentative import standing_plan
from .places.dataset import last_dataset
from .places.roads import FOLDER, forget_old_passages, marks_of, network_of, note_roads, passages
from .places.travel_time import forget_legs
from .places.zone import set_reach, zone_line
from .refusal import Refusal
from .service.service import Service, service_of
from .settings import Settings

log = logging.getLogger(__name__)
CONTACT_IS_KEPT = timedelta(days=30)


class Jobs:
    """The queue of one application and the tasks that it knows."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.huey = _queue(settings)
        self._app = app
        in_app = self._in_app
        self.send_mails = self.huey.task(name="send_mails")(in_app(send_mails))
        self.plan_rounds = self.huey.task(name="plan_rounds")(in_app(plan_rounds))
        self.make_roads = self.huey.task(name="make_roads")(in_app(make_roads))
        self.measure_reach = self.huey.task(name="measure_reach")(in_app(measure_reach))
        self.make_sheet = self.huey.task(name="make_sheet")(in_app(make_sheet))
        self.make_papers = self.huey.task(name="make_papers")(in_app(make_papers))
        self.make_purchase_sheet = self.huey.task(name="make_purchase_sheet")(
            in_app(make_purchase_sheet)
        )
        self.huey.periodic_task(crontab(), name="every_minute")(in_app(every_minute))
        self.huey.periodic_task(crontab(), name="due_papers")(in_app(make_due_papers))
        self.huey.periodic_task(crontab(minute="5", hour="3"), name="every_night")(in_app(tidy_up))

    def _in_app(self, task: Any) -> Any:
        def run(*args: Any) -> None:
            with self._app.app_context():
                task(*args)

        return run

    def soon(self, task: Any, *args: Any) -> None:
        """Ask the worker to do a task now. A queue that fails must not fail the request: the
        timetable finds the work in the database."""
        try:
            task(*args)
        except Exception:
            log.exception("the queue took no task; the timetable will find the work")


def _queue(settings: Settings) -> Huey:
    if settings.uses_postgresql:
        return PostgresHuey("locomotive", dsn=settings.database_url.replace("+psycopg", ""))
    # Not WAL: the standard library's SQLite may be one that two writing processes corrupt.
    return SqliteHuey(
        "locomotive",
        filename=str(settings.instance / "jobs.db"),
        journal_mode="truncate",
        fsync=False,
    )


def jobs() -> Jobs:
    """The current application's jobs."""
    found: Jobs = current_app.extensions["jobs"]
    return found


def every_minute() -> None:
    """Give up holds that are over, note which promises were kept, send what is due."""
    with write_tx() as session:
        expire_holds(session, now=now())
        judge_promises(session, now=now())
    send_mails()


def plan_rounds(planning_id: int) -> None:
    """Plan a service's rounds in a process of its own and publish them, or say why not."""
    settings: Settings = current_app.extensions["settings"]
    with write_tx() as session:
        if not claim_planning(session, planning_id, now=now()):
            return
    try:
        _plan_and_publish(planning_id, settings)
    except Refusal as refusal:
        _fail(planning_id, refusal.message)
    except (SolverDied, routing.InvalidProblem, routing.InvalidPlan) as error:
        log.exception("planning %s failed", planning_id)
        _fail(planning_id, str(error))
    except Exception as error:
        _fail(planning_id, type(error).__name__)
        raise


def _plan_and_publish(planning_id: int, settings: Settings) -> None:
    planning = db.session.get_one(Planning, planning_id)
    service = db.session.get_one(Service, planning.service_id)
    for attempts_left in (2, 1, 0):
        delivery = locked_delivery(db.session(), service, settings.depot)

        def progressed(
            progress: routing.Progress, stops: int = len(delivery.problem.stops)
        ) -> None:
            with write_tx() as session:
                row = session.get_one(Planning, planning_id)
                row.alive_at, row.elapsed = now(), progress.elapsed
                row.stops, row.served = stops, progress.served
                row.cost = progress.cost
                row.bound = progress.bound.cost_of_level(progress.unserved_priority)

        plan = solve_in_process(
            delivery.problem,
            time_limit=settings.planner_seconds,
            # A plan that a new lock forbids is no place to start from.
            start=retimed(delivery.problem, standing_plan(db.session(), service).plan),
            on_progress=progressed,
        )
        try:
            with write_tx() as session:
                row = session.get_one(Planning, planning_id)
                publish(session, row, plan, depot=settings.depot, now=now())
            price_locks(service, delivery, plan, settings)
            return
        except OrdersChanged:
            if not attempts_left:
                raise


def price_locks(
    service: Service, delivery: Delivery, plan: routing.Plan, settings: Settings
) -> None:
    """Plan once more without each lock, to say what it costs."""
    locks = locks_of(db.session(), service)
    plain = whole_delivery(db.session(), service, settings.depot)
    seconds = max(0.5, settings.planner_seconds / (2 * max(1, len(locks))))
    for lock in locks:
        others = [one for one in locks if one is not lock]
        without = solve_in_process(
            with_locks(plain, others).problem,
            time_limit=seconds,
            start=retimed(plain.problem, plan),
        )
        with write_tx() as session:
            row = session.get(PlanLock, lock.id)
            if row is not None:
                note_cost(row, with_it=plan, without=without, weight=order_weight(plain))


def _fail(planning_id: int, failure: str) -> None:
    with write_tx() as session:
        fail_planning(session, planning_id, failure=failure, now=now())


def make_sheet(round_id: int, language: str) -> None:
    """Make the PDF of a round's sheet; without Pango a note stands in its place."""
    settings: Settings = current_app.extensions["settings"]
    round_ = db.session.get(Round, round_id)
    if round_ is None:
        return
    path = sheet_path(settings.instance, round_, language)
    with current_app.test_request_context(base_url=settings.public_url), force_locale(language):
        html = sheet_html(round_, is_pdf=True)
    _keep_pdf(html, path)


def make_purchase_sheet(purchase_id: int, language: str) -> None:
    """Make the PDF of an order to a supplier."""
    settings: Settings = current_app.extensions["settings"]
    purchase = db.session.get(Purchase, purchase_id)
    if purchase is None:
        return
    path = purchase_path(purchase, language)
    with current_app.test_request_context(base_url=settings.public_url), force_locale(language):
        html = purchase_html(purchase, is_pdf=True)
    _keep_pdf(html, path)


def _keep_pdf(html: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        content = pdf(html)
    except NoPango:
        log.exception("no PDF of the sheet: Pango is missing on this machine")
        path.with_suffix(".missing").touch()
        return
    _keep(path, content)


def make_due_papers() -> None:
    """Make the paper pack of today's lunch when a cut-off or a release came after the last one."""
    settings: Settings = current_app.extensions["settings"]
    service = service_of(db.session(), local(now()).date())
    if service is None:
        return
    made = last_pack(settings.instance, service.date, "pack")
    releases = [r.released_at for r in rounds_of(db.session(), service) if r.released_at]
    if is_pack_due(service, made[1] if made else None, releases, now=now()):
        make_papers(service.id, "fr")


def make_papers(service_id: int, language: str) -> None:
    """Make the paper pack of a lunch: all its papers as one PDF, the roll's labels as another."""
    settings: Settings = current_app.extensions["settings"]
    service = db.session.get(Service, service_id)
    if service is None:
        return
    at = now()
    with current_app.test_request_context(base_url=settings.public_url), force_locale(language):
        pages = {paper: paper_html(service, paper, is_pdf=True) for paper in PAPERS}
        rounds = [r for r in rounds_of(db.session(), service) if r.orders]
        sheets = [sheet_html(round_, is_pdf=True) for round_ in rounds]
    try:
        files = {
            "pack": pdf(*(pages[paper] for paper in ON_A4), *sheets, prints=True),
            "labels": pdf(pages["labels-roll"], prints=True),
        }
    except NoPango:
        log.exception("no paper pack: Pango is missing on this machine")
        return
    for form, content in files.items():
        _keep(pack_path(settings.instance, service.date, form, now=at), content)


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_bytes(content)
    partial.replace(path)


def make_roads() -> None:
    """Make the road network anew with the passages that are marked today."""
    settings: Settings = current_app.extensions["settings"]
    made = last_dataset(db.session(), "roads")
    if made is None:
        return
    marks = marks_of(passages(db.session(), day=local(now()).date()))
    db.session.remove()
    try:
        built = rebuild(settings.instance / FOLDER, centre=settings.depot, passages=marks)
    except RoadsUnusable:
        log.exception("the road network was not made anew; the one in force stays")
        return
    put_in_force(built, source=made.source, settings=settings)


def put_in_force(built: Built, *, source: str, settings: Settings) -> None:
    """Let a network that was built answer from now on, and measure the zone on it."""
    with write_tx() as session:
        note_roads(session, built, folder=settings.instance / FOLDER, source=source, now=now())
        forget_legs(session, kept=built.version)
    measure_reach()


def measure_reach() -> None:
    """Measure how far the tricycles get in the zone's minutes."""
    settings: Settings = current_app.extensions["settings"]
    line = zone_line(db.session())
    if line is None or line.kind != "reach" or not line.minutes:
        return
    ring = network_of(db.session()).reach(settings.depot, line.minutes)
    with write_tx() as session:
        set_reach(session, ring)


def tidy_up() -> None:
    """Each night: check the counters, forget old tries, erase what is no longer due (contacts
    after a month; what bags must not contain, and the papers that say it, the night after), and
    open the passages whose last day is over."""
    for sentence in wrong_counters(db.session()) + wrong_stocks(db.session()):
        log.error("counters do not add up: %s", sentence)
    with write_tx() as session:
        forget_rates(session, before=now() - timedelta(days=1))
    from .cli import erase_contacts

    erase_contacts(before=now() - CONTACT_IS_KEPT)
    with write_tx() as session:
        is_over = forget_old_passages(session, day=local(now()).date())
    if is_over:
        make_roads()
    today = local(now()).date()
    with write_tx() as session:
        erase_exceptions(session, before=today)
    settings: Settings = current_app.extensions["settings"]
    for path in old_packs(settings.instance, before=today):
        path.unlink()
    for path in old_copies(settings.instance):
        throw_away(path)
