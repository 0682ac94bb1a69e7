"""Looking at everything a lunch depends on."""

import logging
import os
import smtplib
from collections.abc import Iterator
from urllib.parse import urlsplit

import click
from flask_babel import force_locale, gettext
from sqlalchemy import text

from ..core.clock import clock
from ..core.db import db
from ..core.refusal import N_
from ..core.settings import Settings
from ..office.concern_page import finding_words
from ..office.condition import Finding, findings
from ..pdf.pdf import NoPango, pdf
from ..web.language import LANGUAGES
from ..web.view import settings

MAIL_SECONDS = 5


def terminal_language() -> str:
    """The language that the terminal asks for, as gettext looks for it, if it is one of ours."""
    asked = (os.environ.get(name) for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    code = next((text for text in asked if text), "")[:2]
    return code if code in LANGUAGES else LANGUAGES[0]


@click.command()
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=terminal_language,
    help="Default: that of the terminal, else French.",
)
def doctor(language: str) -> None:
    """Look at settings, database, worker, mail and all else; exit 1 when something is not well."""
    house = settings()
    found = [find_database(), *findings(db.session(), house, now=clock.now())]
    found += [*find_mail_server(house), find_fonts()]
    with force_locale(language):
        for line in lines_of(found):
            click.echo(line)
    if not all(finding.is_well for finding in found):
        raise SystemExit(1)


def lines_of(found: list[Finding]) -> Iterator[str]:
    """One line for each finding, in the language in use."""
    width = max(len(gettext(finding.what)) for finding in found)
    for finding in found:
        state = "ok" if finding.is_well else "!!"
        words = finding_words(finding)
        yield f"{state}  {gettext(finding.what):<{width}} {words}".rstrip()


def find_database() -> Finding:
    """Whether the database is whole; on SQLite every page is read."""
    what = N_("Database")
    with db.engine.connect() as connection:
        if db.engine.dialect.name != "sqlite":
            version = connection.execute(text("SHOW server_version")).scalar()
            words = N_("PostgreSQL %(version)s answers.")
            return Finding(what, words, {"version": version}, is_well=True)
        answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if answer == "ok":
        return Finding(what, N_("The SQLite file is whole."), is_well=True)
    words = N_("The SQLite file is damaged (%(how)s): restore a copy of it.")
    return Finding(what, words, {"how": answer})


def find_mail_server(house: Settings) -> list[Finding]:
    """Whether the mail server answers, where there is one; nothing is sent."""
    server = urlsplit(house.mail_url)
    if server.scheme == "folder":
        return []
    what, where = N_("Mail server"), {"host": server.hostname}
    connect = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    try:
        with connect(server.hostname or "", server.port or 0, timeout=MAIL_SECONDS) as smtp:
            smtp.noop()
    except (OSError, smtplib.SMTPException) as error:
        where["how"] = str(error)
        words = N_("%(host)s does not answer (%(how)s): look at LOCOMOTIVE_MAIL_URL.")
        return [Finding(what, words, where)]
    return [Finding(what, N_("%(host)s answers."), where, is_well=True)]


def find_fonts() -> Finding:
    """Whether sheets can become PDFs: Pango and the fonts of our print styles."""
    what = N_("Fonts")
    # Its remarks about style sheets are not for who asks how the machine is.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    try:
        pdf("<p>La Locomotive</p>")
    except NoPango:
        words = N_("PDFs cannot be made: install Pango (libpango-1.0-0 libpangoft2-1.0-0).")
        return Finding(what, words)
    return Finding(what, N_("PDFs can be made."), is_well=True)
