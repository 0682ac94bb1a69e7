"""The commands of `flask --app wsgi`."""

import os
import signal
import subprocess
import sys
import threading
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy import select, update

from routing.streets import RoadsUnusable, build

from .accounts.signin import new_entry_link
from .accounts.staff import Staff, hash_password
from .clock import instant, local, now
from .db import db, write_tx
from .door import ROLES
from .farm.lot import wrong_stocks
from .farm.supplier import Supplier, link_in_force, token_of
from .house import DEMONSTRATION, is_marked
from .jobs import jobs, put_in_force
from .menu.dish import Dish
from .ordering.counter import wrong_counters
from .ordering.order import Order
from .places.ban import AddressFileUnusable, collect, replace_addresses
from .places.roads import FOLDER, box_of, marks_of, passages
from .places.zone import zone_of
from .service.service import Service, next_working_day
from .settings import Settings


def add_commands(app: Flask) -> None:
    """Add every command to the application."""
    for command in (
        demo,
        worker,
        serve,
        staff,
        link,
        verify,
        erase,
        import_addresses,
        import_roads,
    ):
        app.cli.add_command(command)


@click.command()
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Default: the next lunch.")
@click.option("--orders", default=40, show_default=True, type=click.IntRange(0, 500))
@click.option("--seed", default=1, show_default=True)
def demo(day: datetime | None, orders: int, seed: int) -> None:
    """Load a believable lunch; the database is marked as a demonstration for good."""
    from .demonstration import load_lunch

    with db.session() as session:
        # One that takes deliveries too: whoever looks at it wants to try them.
        wanted: date = day.date() if day else next_working_day(session, now(), "delivery")
    settings: Settings = current_app.extensions["settings"]
    if settings.is_production:
        raise click.ClickException("A demonstration is not loaded in production mode.")
    if db.session.scalar(select(Dish.id).limit(1)) and not is_marked(db.session(), DEMONSTRATION):
        raise click.ClickException("This database holds a real restaurant: use an empty one.")
    with write_tx() as session:
        count = load_lunch(
            session,
            wanted,
            orders=orders,
            seed=seed,
            secret=settings.secret_key,
            depot=settings.depot,
            now=now(),
        )
    click.echo(f"Lunch of {wanted}: {count} orders.")


@click.command()
def worker() -> None:
    """Run the worker: mails, plans, papers."""
    from huey.consumer import Consumer

    Consumer(jobs().huey, workers=2, max_delay=0.5, initial_delay=0.1).run()


@click.command()
@click.option("--port", default=lambda: int(os.environ.get("PORT", "8000")), type=int)
def serve(port: int) -> None:
    """Bring the database up to date, then run web and worker until stopped."""
    upgrade()
    settings: Settings = current_app.extensions["settings"]
    if not db.session.scalar(select(Dish.id).limit(1)) and not settings.is_production:
        current_app.test_cli_runner().invoke(args=["demo"], catch_exceptions=False)
    if is_marked(db.session(), DEMONSTRATION):
        _print_links(port)
    db.session.remove()
    db.engine.dispose()
    _run_together(
        [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
        [
            sys.executable,
            "-m",
            "gunicorn",
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "2",
            "--threads",
            "8",
            "--no-control-socket",
            "--log-level",
            "warning",
            "wsgi:app",
        ],
    )


def _print_links(port: int) -> None:
    base = f"http://127.0.0.1:{port}"
    with write_tx() as session:
        made = {
            role: new_entry_link(session, role=role, label=f"demonstration {role}", now=now())
            for role in ROLES
        }
    farmer = db.session.scalar(select(Supplier).filter_by(is_neighbour=True).limit(1))
    link = link_in_force(db.session(), farmer, now=now()) if farmer else None
    service = db.session.scalar(select(Service).order_by(Service.date.desc()).limit(1))
    click.echo("\nLa Locomotive – demonstration")
    click.echo(f"  customer  {base}/")
    for role, token in made.items():
        click.echo(f"  {role:<9} {base}/in/{token}")
    if link:
        settings: Settings = current_app.extensions["settings"]
        click.echo(f"  farmer    {base}/f/{token_of(link, secret=settings.secret_key)}")
    if service:
        click.echo(f"  the lunch is that of {service.date}\n")


def _run_together(*commands: list[str]) -> None:
    """Run programs side by side; when one ends or we are told to stop, all end."""
    running = [subprocess.Popen(command, cwd=Path(__file__).parent.parent) for command in commands]
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


@click.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="manager", show_default=True)
@click.password_option()
def staff(name: str, role: str, password: str) -> None:
    """Make an account that signs in with a password."""
    hashed = hash_password(password)
    with write_tx() as session:
        session.add(Staff(name=name, role=role, password_hash=hashed))
    click.echo(f"{name} may sign in as {role}.")


@click.command()
@click.option("--role", type=click.Choice(ROLES), default="kitchen", show_default=True)
@click.option("--label", default="tablet", show_default=True)
def link(role: str, label: str) -> None:
    """Print a link, good for seven days, that lets a device in."""
    settings: Settings = current_app.extensions["settings"]
    with write_tx() as session:
        token = new_entry_link(session, role=role, label=label, now=now())
    click.echo(f"{settings.public_url}/in/{token}")


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def import_addresses(files: tuple[Path, ...]) -> None:
    """Read address files of the Base Adresse Nationale, such as adresses-62.csv.gz.

    Only the towns that the zone touches are kept; they replace the addresses imported before.
    """
    settings: Settings = current_app.extensions["settings"]
    zone = zone_of(db.session(), depot=settings.depot, zone_km=settings.zone_km)
    db.session.remove()
    try:
        found = collect(files, is_inside=zone.holds)
    except AddressFileUnusable as error:
        raise click.ClickException(f"{error} Nothing was changed.") from error
    with write_tx() as session:
        made = replace_addresses(session, found, now=now())
    served = sorted(town.name for town in found.towns.values() if town.is_served)
    click.echo(f"{made.count} addresses in {len(found.streets)} streets of {len(served)} towns:")
    click.echo(", ".join(served))
    for reason, count in found.left_out.most_common():
        click.echo(f"{count} lines left out: {reason}.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_roads(file: Path) -> None:
    """Make the road network of an OpenStreetMap extract (.osm.pbf) that covers the zone.

    The network in force stays until the new one is whole.
    """
    settings: Settings = current_app.extensions["settings"]
    session = db.session()
    zone = zone_of(session, depot=settings.depot, zone_km=settings.zone_km)
    marks = marks_of(passages(session, day=local(now()).date()))
    db.session.remove()
    try:
        built = build(
            file,
            settings.instance / FOLDER,
            box=box_of(zone),
            centre=settings.depot,
            passages=marks,
        )
    except RoadsUnusable as error:
        raise click.ClickException(f"{error} Nothing was changed.") from error
    put_in_force(built, source=file.name, settings=settings)
    click.echo(
        f"{built.streets} stretches of street, {built.bytes / 1e6:.1f} MB, "
        f"made in {built.seconds:.0f} s."
    )
    click.echo(
        f"Closed to the tricycle: {built.closed_ways} ways and {built.closed_nodes} barriers by "
        f"their tags, {built.passages} passages by your marks."
    )
    click.echo(f"Map version {built.version}. © OpenStreetMap contributors (ODbL).")


@click.command()
def verify() -> None:
    """Check that portions, slots and stocks add up with what happened; exit 1 when they do not."""
    wrong = wrong_counters(db.session()) + wrong_stocks(db.session())
    for sentence in wrong:
        click.echo(sentence)
    if wrong:
        raise SystemExit(1)
    click.echo("All counters add up.")


@click.command()
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), help="Default: 30 days ago.")
def erase(before: datetime | None) -> None:
    """Erase the contacts of orders of lunches before a day; amounts stay."""
    limit = instant(before.date(), time()) if before else now() - timedelta(days=30)
    click.echo(f"{erase_contacts(before=limit)} orders carry no contact any more.")


def erase_contacts(*, before: datetime) -> int:
    """Erase who ordered from orders of services before an instant; the money facts stay."""
    from .ordering.message import Message

    with write_tx() as session:
        old = select(Service.id).where(Service.date < before.date())
        orders = select(Order.id).where(Order.service_id.in_(old))
        session.execute(
            update(Message)
            .where(Message.order_id.in_(orders))
            .values(email="")
            .execution_options(synchronize_session=False)
        )
        erased: Any = session.execute(
            update(Order)
            .where(Order.service_id.in_(old), Order.first_name != "")
            .values(
                first_name="",
                phone="",
                email="",
                access_note="",
                must_not_contain="",
                street="",
                latitude=None,
                longitude=None,
            )
            .execution_options(synchronize_session=False)
        )
    return int(erased.rowcount)
