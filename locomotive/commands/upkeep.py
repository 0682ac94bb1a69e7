"""Verifying, erasing, and the key of what is pushed."""

import json
from datetime import datetime

import click

from ..alerts.push import new_push_key
from ..core.clock import clock
from ..core.db import db, rewrite_file, write_tx
from ..privacy.access import kept_of, kept_of_reader, orders_of_person
from ..privacy.erasure import CONTACT_IS_KEPT, erase_contacts, erase_files
from ..verification.facts import wrong_facts
from ..web.view import settings


@click.command()
def verify() -> None:
    """Look whether all that stands in the database agrees with itself; exit 1 when it does not."""
    wrong = wrong_facts(db.session(), depot=settings().depot, today=clock.today())
    for sentence in wrong:
        click.echo(sentence)
    if wrong:
        raise SystemExit(1)
    click.echo("Everything agrees.")


@click.command()
@click.argument("whom", metavar="PHONE_OR_EMAIL")
def access(whom: str) -> None:
    """Print as JSON all that is kept of one customer."""
    orders = orders_of_person(db.session(), whom)
    kept = kept_of(db.session(), orders) | kept_of_reader(db.session(), whom)
    if not kept:
        raise click.ClickException(f"No order carries {whom}: nothing is kept of this person.")
    click.echo(json.dumps(kept, ensure_ascii=False, indent=2))


@click.command()
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), help="Default: 30 days ago.")
def erase(before: datetime | None) -> None:
    """Erase who ordered at lunches before a day, from tables, files and bytes; amounts stay."""
    house, at = settings(), clock.now()
    day = before.date() if before else clock.today() - CONTACT_IS_KEPT
    with write_tx() as session:
        rows = erase_contacts(session, before=day, depot=house.depot)
    files = erase_files(house.files, now=at, before=day)
    rewrite_file()
    click.echo(f"Erased from {rows} rows and {files} files.")


@click.command("push-key")
def push_key() -> None:
    """Print a new key for LOCOMOTIVE_PUSH_KEY, which signs what is told to phones (VAPID)."""
    click.echo(new_push_key())
