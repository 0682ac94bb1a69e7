"""Condition: how the machine is that the house runs on, each finding with what to do."""

import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..backups.run import BackupState, backup_state
from ..core.mark import DEMONSTRATION, WORKER_IS_SILENT, is_marked, worker_seen
from ..core.refusal import N_
from ..core.settings import Settings
from ..ordering.message import Message
from ..ordering.order import Order
from ..places.dataset import last_dataset
from ..web.schema import Schema, schema_of

LEAST_FREE = 1_000_000_000  # bytes
MAIL_WAITS = timedelta(minutes=10)
CLOCKS_DIFFER = timedelta(minutes=2)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: a sentence of the catalogue, with what to do when it is not well."""

    what: str
    sentence: str
    values: dict[str, Any] = field(default_factory=dict)
    is_well: bool = False
    is_urgent: bool = False


def findings(
    session: Session, house: Settings, *, now: datetime, backups: BackupState | None = None
) -> list[Finding]:
    """How the machine is, as the office's first page and the doctor both say it; without our
    tables only that they are missing. `backups` is for who has read them already."""
    tables = find_tables(session)
    if not tables.is_well:
        return [tables]
    return [
        tables,
        find_mode(house),
        find_worker(session, now=now),
        find_mails(session, now=now),
        find_mail_way(house),
        find_streets(session, now=now),
        find_addresses(session, now=now),
        find_clock(session, now=now),
        find_disk(house),
        find_backups(backups or backup_state(session), now=now),
    ]


def find_mode(house: Settings) -> Finding:
    """Whether the settings are those of a restaurant that is open."""
    what = N_("Settings")
    if house.is_production:
        return Finding(what, N_("The settings are those of a house that is open."), is_well=True)
    return Finding(what, N_("For trials only: set LOCOMOTIVE_MODE=production before you open."))


def find_mail_way(house: Settings) -> Finding:
    """Whether mails are given to a mail server at all."""
    what = N_("Mail server")
    if urlsplit(house.mail_url).scheme == "folder":
        return Finding(what, N_("Mails go to a folder and to nobody: set LOCOMOTIVE_MAIL_URL."))
    return Finding(what, N_("Mails are given to a mail server."), is_well=True)


def find_backups(state: BackupState, *, now: datetime) -> Finding:
    """How old the last good backup is."""
    what = N_("Backups")
    if state.backup_at is None:
        words = N_("No backup was made yet: run “flask --app wsgi backup”, and let the worker run.")
        return Finding(what, words)
    values = {"at": state.backup_at, "why": state.failure}
    if not state.is_old(now=now, since=None):
        return Finding(what, N_("The last good backup is of %(at)s."), values, is_well=True)
    words = N_("The last good backup is of %(at)s: run “flask --app wsgi backup”. %(why)s")
    return Finding(what, words, values)


def find_proxy(*, is_unexpected: bool) -> Finding:
    """Whether a proxy stands in front of which the settings know nothing."""
    what = N_("Proxy")
    if not is_unexpected:
        return Finding(what, N_("The proxy in front is the one of the settings."), is_well=True)
    words = N_("A proxy stands in front, and all visitors look like one: set LOCOMOTIVE_PROXIES=1.")
    return Finding(what, words, is_urgent=True)


def find_tables(session: Session) -> Finding:
    """Whether the database has the tables of this program's version."""
    what, schema = N_("Tables"), schema_of(session.connection())
    if schema is Schema.CURRENT:
        return Finding(what, N_("The tables are those of this version."), is_well=True)
    if schema is Schema.AHEAD:
        words = N_("The tables are of a newer version: install the version that ran last.")
    else:
        words = N_("The tables are missing or old: run “flask --app wsgi db upgrade”.")
    return Finding(what, words, is_urgent=True)


def find_worker(session: Session, *, now: datetime) -> Finding:
    """Whether a worker has said within three minutes that it is alive."""
    what, seen = N_("Worker"), worker_seen(session)
    if seen is None:
        words = N_("No worker has run yet: start it by “flask --app wsgi worker”.")
        return Finding(what, words, is_urgent=True)
    minutes = int((now - seen).total_seconds() // 60)
    if now - seen <= WORKER_IS_SILENT:
        return Finding(what, N_("The worker is alive."), is_well=True)
    words = N_(
        "The worker has been silent for %(minutes)s min; mails, plans and papers wait: start it "
        "again."
    )
    return Finding(what, words, {"minutes": minutes}, is_urgent=True)


def find_mails(session: Session, *, now: datetime) -> Finding:
    """Whether mails wait longer than they should, tried or not."""
    what = N_("Mails")
    query = select(func.count(Message.id), func.min(Message.due_at)).where(
        Message.state.in_(("queued", "sending")), Message.due_at < now - MAIL_WAITS
    )
    count, oldest = session.execute(query).one()
    if not count:
        return Finding(what, N_("No mail waits for long."), is_well=True)
    minutes = int((now - oldest).total_seconds() // 60)
    words = N_(
        "Mails that wait: %(count)s, the oldest for %(minutes)s min. Look at the worker and at the "
        "mail server."
    )
    return Finding(what, words, {"count": count, "minutes": minutes}, is_urgent=True)


def find_streets(session: Session, *, now: datetime) -> Finding:
    """Whether distances are ridden or estimated."""
    what, made = N_("Streets"), last_dataset(session, "roads")
    if made is not None:
        values = {"day": made.made_at, "days": (now - made.made_at).days}
        return Finding(what, N_("Streets of %(day)s. Age in days: %(days)s."), values, is_well=True)
    words = N_("Distances are estimated: fetch streets by “flask --app wsgi setup-town”.")
    return Finding(what, words)


def find_addresses(session: Session, *, now: datetime) -> Finding:
    """Whether typed addresses can be found."""
    what, made = N_("Addresses"), last_dataset(session, "addresses")
    if made is not None:
        values = {
            "count": made.count,
            "day": made.made_at,
            "days": (now - made.made_at).days,
        }
        words = N_("Addresses of %(day)s: %(count)s. Age in days: %(days)s.")
        return Finding(what, words, values, is_well=True)
    words = N_("Few or no addresses can be found: fetch them by “flask --app wsgi setup-town”.")
    return Finding(what, words)


def find_clock(session: Session, *, now: datetime) -> Finding:
    """Whether this machine's clock is behind what the database has already seen."""
    latest = select(Order.placed_at).order_by(Order.id.desc()).limit(1)
    what, last = N_("Clock"), session.scalar(latest)
    # The orders of a demonstration are those of a lunch to come.
    is_made_up = is_marked(session, DEMONSTRATION)
    if is_made_up or last is None or last - now <= CLOCKS_DIFFER:
        return Finding(what, N_("The clock is not behind the last order."), is_well=True)
    minutes = int((last - now).total_seconds() // 60)
    words = N_("The clock is %(minutes)s min behind the last order: set it by the network.")
    return Finding(what, words, {"minutes": minutes}, is_urgent=True)


def find_disk(house: Settings) -> Finding:
    """Whether the disk of the instance folder has room."""
    what, usage = N_("Disk"), shutil.disk_usage(house.instance)
    values = {"free": int(usage.free / 1e9), "total": round(usage.total / 1e9)}
    if usage.free >= LEAST_FREE:
        return Finding(what, N_("%(free)s GB of %(total)s GB are free."), values, is_well=True)
    words = N_("Only %(free)s GB of %(total)s GB are free: make room, or orders will be refused.")
    return Finding(what, words, values, is_urgent=True)
