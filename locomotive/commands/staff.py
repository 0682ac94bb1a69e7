"""Staff accounts and entry links."""

import click

from ..accounts.signin import new_entry_link
from ..accounts.staff import Staff, hash_password
from ..core.clock import clock
from ..core.db import write_tx
from ..web.audience import ROLES
from ..web.view import settings


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
    with write_tx() as session:
        token = new_entry_link(session, role=role, label=label, now=clock.now())
    click.echo(f"{settings().public_url}/in/{token}")
