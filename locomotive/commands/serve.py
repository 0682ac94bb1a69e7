"""Running the programs: worker, and all of them together."""

import os
import signal
import subprocess
import sys
import threading

import click
from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import select

from ..accounts.forms import ROLES
from ..accounts.signin import new_entry_link
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.mark import DEMONSTRATION, is_marked, note_worker
from ..core.settings import read_settings
from ..core.tasks import PLAN_ROUNDS, ask_worker
from ..dispatch.planning import take_up_plannings
from ..farm.supplier import Supplier, link_in_force, token_of
from ..menu.dish import Dish
from ..service.service import Service
from ..web.schema import bring_up_to_date
from ..web.view import settings
from ..worker.queue import jobs
from .program import PROGRAM

# Seconds; a worker that dies as soon as it starts is not started more often.
RESTART_AFTER = 0.5


@click.command()
def worker() -> None:
    """Bring the database up to date, then run the worker: mails, plans, papers; one alone for each
    database."""
    from huey.consumer import Consumer

    bring_up_to_date()
    with write_tx() as session:
        note_worker(session, now=clock.now())
        left = take_up_plannings(session, now=clock.now())
    for planning_id in left:
        ask_worker(PLAN_ROUNDS, planning_id)
    db.session.remove()
    beside = (jobs().post, jobs().alerts, jobs().printing, jobs().relays)
    for post in beside:
        post.start()
    Consumer(jobs().huey, workers=2, max_delay=0.5, initial_delay=0.1).run()
    for post in beside:
        post.stop()


@click.command()
@click.option("--port", default=lambda: int(os.environ.get("PORT", "8000")), type=int)
def serve(port: int) -> None:
    """Bring the database up to date, then run web and worker until stopped."""
    # The programs started from here, and the demonstration, name the address that is served.
    os.environ["PORT"] = str(port)
    current_app.extensions["settings"] = read_settings()
    bring_up_to_date()
    if not db.session.scalar(select(Dish.id).limit(1)) and not settings().is_production:
        current_app.test_cli_runner().invoke(args=["demo"], catch_exceptions=False)
    if is_marked(db.session(), DEMONSTRATION):
        _print_links(port)
    db.session.remove()
    db.engine.dispose()
    web = f"--bind 127.0.0.1:{port} --workers 2 --threads 8 --no-control-socket"
    web_program = [sys.executable, "-m", "gunicorn", *web.split(), "--log-level", "warning"]
    _run_together(
        [*web_program, f"{PROGRAM}()"], [sys.executable, "-m", "flask", "--app", PROGRAM, "worker"]
    )


def _print_links(port: int) -> None:
    base = f"http://127.0.0.1:{port}"
    # A label is the house's own word, as the names of its dishes are.
    with force_locale("fr"):
        labels = {role: f"{gettext('Demonstration')} – {words}" for role, words in ROLES.items()}
    with write_tx() as session:
        made = {
            role: new_entry_link(session, role=role, label=label, now=clock.now())
            for role, label in labels.items()
        }
    farmer = db.session.scalar(select(Supplier).filter_by(is_neighbour=True).limit(1))
    link = link_in_force(db.session(), farmer, now=clock.now()) if farmer else None
    service = db.session.scalar(select(Service).order_by(Service.date.desc()).limit(1))
    click.echo("\nLa Locomotive – demonstration")
    click.echo(f"  customer   {base}/")
    for role, token in made.items():
        click.echo(f"  {role:<10} {base}/in/{token}")
    if link:
        click.echo(f"  farmer     {base}/f/{token_of(link, secret=settings().secret_key)}")
    if service:
        click.echo(f"  the lunch is that of {service.date}\n")


def _run_together(web: list[str], worker: list[str]) -> None:
    """Run both until we are told to stop or the web ends; a worker that dies is started again."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    shop, other = subprocess.Popen(web), subprocess.Popen(worker)
    while shop.poll() is None and not stopping.wait(RESTART_AFTER):
        if other.poll() is not None:
            click.echo("The worker ended by itself and is started again.", err=True)
            other = subprocess.Popen(worker)
    for process in (shop, other):
        process.terminate()
    for process in (shop, other):
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
    if not stopping.is_set():
        raise click.ClickException("The web ended by itself; see its message above.")
