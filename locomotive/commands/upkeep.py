"""Verifying and erasing."""

from datetime import datetime, time, timedelta

import click

from ..core.clock import clock, instant
from ..core.db import db, write_tx
from ..farm.lot import wrong_stocks
from ..ordering.counter import wrong_counters
from ..ordering.erasure import erase_contacts


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
    limit = instant(before.date(), time()) if before else clock.now() - timedelta(days=30)
    with write_tx() as session:
        erased = erase_contacts(session, before=limit)
    click.echo(f"{erased} orders carry no contact any more.")
