"""Looking at everything a lunch depends on."""

import smtplib
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import click
from sqlalchemy import text

from ..backups.run import backup_state
from ..core.clock import clock, local
from ..core.db import db
from ..core.settings import Settings
from ..office.condition import Finding, find_tables, findings
from ..papers.pdf import NoPango, pdf
from ..web.view import settings

MAIL_SECONDS = 5


@click.command()
def doctor() -> None:
    """Look at settings, database, worker, mail and all else; exit 1 when something is not well."""
    house = settings()
    found = [
        find_mode(house),
        find_database(),
        *findings(db.session(), house, now=clock.now()),
        *find_backups(now=clock.now()),
        find_mail_server(house),
        find_fonts(),
    ]
    for line in lines_of(found):
        click.echo(line)
    if not all(finding.is_well for finding in found):
        raise SystemExit(1)


def lines_of(found: list[Finding]) -> Iterator[str]:
    """One line for each finding."""
    for finding in found:
        state = "ok" if finding.is_well else "!!"
        yield f"{state}  {finding.what:<12} {finding.sentence % finding.values}"


def find_mode(house: Settings) -> Finding:
    """Whether the settings are those of a restaurant that is open."""
    if house.is_production:
        return Finding("Settings", "Production.", is_well=True)
    return Finding("Settings", "Development: set LOCOMOTIVE_MODE=production before you open.")


def find_database() -> Finding:
    """Whether the database is whole; on SQLite every page is read."""
    engine = db.engine.dialect.name
    with db.engine.connect() as connection:
        if engine != "sqlite":
            version = connection.execute(text("SHOW server_version")).scalar()
            return Finding("Database", f"PostgreSQL {version} answers.", is_well=True)
        answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if answer == "ok":
        return Finding("Database", "The SQLite file is whole.", is_well=True)
    return Finding("Database", "The SQLite file is damaged (%(how)s): restore a copy of it.",
                   {"how": answer})  # fmt: skip


def find_backups(*, now: datetime) -> list[Finding]:
    """How old the last good backup is; nothing where there are no tables to back up."""
    if not find_tables(db.session()).is_well:
        return []
    state = backup_state(db.session())
    if state.backup_at is None:
        words = "No backup has been made: run `flask --app wsgi backup`, and let the worker run."
        return [Finding("Backups", words)]
    values = {"at": f"{local(state.backup_at):%Y-%m-%d %H:%M}", "how": state.failure}
    if state.is_old(now=now, since=None):
        return [Finding("Backups", "The last good backup is of %(at)s: %(how)s", values)]
    return [Finding("Backups", "The last good backup is of %(at)s.", values, is_well=True)]


def find_mail_server(house: Settings) -> Finding:
    """Whether the mail server answers; nothing is sent."""
    server = urlsplit(house.mail_url)
    if server.scheme == "folder":
        return Finding(
            "Mail server", "Mails go to a folder and to nobody: set LOCOMOTIVE_MAIL_URL."
        )
    connect = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    where = {"host": server.hostname}
    try:
        with connect(server.hostname or "", server.port or 0, timeout=MAIL_SECONDS) as smtp:
            smtp.noop()
    except (OSError, smtplib.SMTPException) as error:
        where["how"] = str(error)
        words = "%(host)s does not answer (%(how)s): look at LOCOMOTIVE_MAIL_URL."
        return Finding("Mail server", words, where)
    return Finding("Mail server", "%(host)s answers.", where, is_well=True)


def find_fonts() -> Finding:
    """Whether sheets can become PDFs: Pango and the fonts of our print styles."""
    try:
        pdf("<p>La Locomotive</p>")
    except NoPango:
        words = "PDFs cannot be made: install Pango (libpango-1.0-0 libpangoft2-1.0-0)."
        return Finding("Fonts", words)
    return Finding("Fonts", "PDFs can be made.", is_well=True)
