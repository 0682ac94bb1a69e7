"""Staff accounts and entry links."""

import click
from sqlalchemy import select

from ..accounts.invitation import new_account_link
from ..accounts.signin import new_entry_link
from ..accounts.staff import Staff, StaffUnknown, hash_password, set_active
from ..core.actor import IN_OFFICE
from ..core.clock import clock
from ..core.db import write_tx
from ..web.audience import ROLES
from ..web.view import settings


@click.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="manager", show_default=True)
@click.password_option(prompt_required=False, default="")
@click.option("--reset", "act", flag_value="reset", help="A link to set password and factor anew.")
@click.option("--disable", "act", flag_value="disable", help="It signs in no more, at once.")
@click.option("--enable", "act", flag_value="enable", help="It may sign in again.")
def staff(name: str, role: str, password: str, act: str | None) -> None:
    """Make an account that signs in with a password, set one anew, or disable one."""
    if act == "reset":
        click.echo(_reset(name))
        return
    if act:
        with write_tx() as session:
            set_active(session, name, act == "enable")
        click.echo(f"{name} may {'sign in again' if act == 'enable' else 'sign in no more'}.")
        return
    password = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    hashed = hash_password(password)
    with write_tx() as session:
        if session.scalar(select(Staff.id).where(Staff.name == name)):
            raise click.ClickException(f"There is an account {name!r} already.")
        session.add(Staff(name=name, role=role, password_hash=hashed))
    click.echo(f"{name} may sign in as {role}.")


def _reset(name: str) -> str:
    with write_tx() as session:
        account = session.scalar(select(Staff).where(Staff.name == name))
        if account is None:
            raise StaffUnknown(name=name)
        token = new_account_link(session, account, now=clock.now(), drops_factor=True)
    return f"{settings().public_url}/in/{token}"


@click.command()
@click.option("--role", type=click.Choice(ROLES), default="kitchen", show_default=True)
@click.option("--label", default="tablet", show_default=True)
def link(role: str, label: str) -> None:
    """Print a link that lets a device in for seven days; to the office once, within an hour."""
    with write_tx() as session:
        token = new_entry_link(
            session, role=role, label=label, now=clock.now(), is_single=role in IN_OFFICE
        )
    click.echo(f"{settings().public_url}/in/{token}")
