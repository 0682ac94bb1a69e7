"""Running the programs: worker, and all of them together."""

import os
import signal
import subprocess
import sys
import threading

import click
from flask import current_app
from flask_migrate import upgrade
from sqlalchemy import select

from ..accounts.signin import new_entry_link
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.mark import DEMONSTRATION, is_marked
from ..core.settings import read_settings
from ..farm.supplier import Supplier, link_in_force, token_of
from ..menu.dish import Dish
from ..service.service import Service
from ..web.audience import ROLES
from ..web.view import settings
from ..worker.queue import jobs
from .program import PROGRAM


@click.command()
def worker() -> None:
    """Run the worker: mails, plans, papers."""
    from huey.consumer import Consumer

    jobs().post.start()
    Consumer(jobs().huey, workers=2, max_delay=0.5, initial_delay=0.1).run()
    jobs().post.stop()


@click.command()
@click.option("--port", default=lambda: int(os.environ.get("PORT", "8000")), type=int)
def serve(port: int) -> None:
    """Bring the database up to date, then run web and worker until stopped."""
    # The programs started from here, and the demonstration, name the address that is served.
    os.environ["PORT"] = str(port)
    current_app.extensions["settings"] = read_settings()
    upgrade()
    if not db.session.scalar(select(Dish.id).limit(1)) and not settings().is_production:
        current_app.test_cli_runner().invoke(args=["demo"], catch_exceptions=False)
    if is_marked(db.session(), DEMONSTRATION):
        _print_links(port)
    db.session.remove()
    db.engine.dispose()
    web = f"--bind 127.0.0.1:{port} --workers 2 --threads 8 --no-control-socket"
    _run_together(
        [sys.executable, "-m", "flask", "--app", PROGRAM, "worker"],
        [sys.executable, "-m", "gunicorn", *web.split(), "--log-level", "warning", f"{PROGRAM}()"],
    )


def _print_links(port: int) -> None:
    base = f"http://127.0.0.1:{port}"
    with write_tx() as session:
        made = {
            role: new_entry_link(session, role=role, label=f"demonstration {role}", now=clock.now())
            for role in ROLES
        }
    farmer = db.session.scalar(select(Supplier).filter_by(is_neighbour=True).limit(1))
    link = link_in_force(db.session(), farmer, now=clock.now()) if farmer else None
    service = db.session.scalar(select(Service).order_by(Service.date.desc()).limit(1))
    click.echo("\nLa Locomotive – demonstration")
    click.echo(f"  customer  {base}/")
    for role, token in made.items():
        click.echo(f"  {role:<9} {base}/in/{token}")
    if link:
        click.echo(f"  farmer    {base}/f/{token_of(link, secret=settings().secret_key)}")
    if service:
        click.echo(f"  the lunch is that of {service.date}\n")


def _run_together(*commands: list[str]) -> None:
    """Run programs side by side; when one ends or we are told to stop, all end."""
    running = [subprocess.Popen(command) for command in commands]
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.wait(0.2) and all(p.poll() is None for p in running):
        pass
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
    if not stopping.is_set():
        raise click.ClickException("One of the programs ended by itself; see its message above.")
