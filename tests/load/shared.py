"""A house that shares its tricycles with another: shop and worker as processes of their own, which
are killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from locomotive.commands.demonstration import load_lunch
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.service.fleet import Tricycle
from locomotive.shipments.partner import Partner, keep_ride_key, renew_access, token_of
from tests.load.house import ROOT, House, environment, new_house
from tests.service_day import SECRET, leave, new_app


@dataclass
class Running:
    """One of two houses and what runs of it; `worker` is the module that runs its worker."""

    house: House
    port: int
    worker: str = "tests.load.relay_worker"
    programs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *how: str) -> None:
        """Start shop and worker; `how` is told to the worker."""
        shop = f"-m gunicorn --bind 127.0.0.1:{self.port} --workers 1 --threads 4"
        told = "--log-level warning --no-control-socket wsgi:app"
        for command in ([*shop.split(), *told.split()], ["-m", self.worker, *how]):
            self.programs.append(
                subprocess.Popen(
                    [sys.executable, *command],
                    cwd=ROOT,
                    env=environment(self.house) | {"LOCOMOTIVE_PUBLIC_URL": self.url},
                    start_new_session=True,
                )
            )

    def kill(self) -> None:
        """End all of it as a power cut does."""
        for program in self.programs:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait(timeout=30)
        self.programs.clear()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Read its database beside all that runs."""
        with closing(sqlite3.connect(self.house.folder / "lunch.db", timeout=30)) as database:
            return database.execute(query).fetchall()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def new_running(folder: Path, *, deliveries: int, boxes: int) -> Running:
    """A house with a lunch of so many deliveries, its tricycles with room for so many boxes."""
    folder.mkdir()
    house = new_house(folder, f"sqlite:///{folder / 'lunch.db'}", portions=100_000)
    app = new_app(folder, house.database_url)
    with app.app_context():
        with write_tx() as session:
            known, now = app.extensions["settings"], clock.now()
            load_lunch(session, house.day, orders=deliveries, seed=2, settings=known, now=now)
            session.execute(update(Tricycle).values(capacity_boxes=boxes))
        leave(app)
    return Running(house, free_port())


def introduce(ours: Running, theirs: Running) -> None:
    """Let our house ask theirs: they give us a key."""
    app = new_app(theirs.house.folder, theirs.house.database_url)
    with app.app_context():
        with write_tx() as session:
            us = Partner(name="the asking house", stop_cents=100, kilo_cents=0)
            session.add(us)
            session.flush()
            access = renew_access(session, us, "ride", secret=SECRET, now=clock.now())
            key = token_of(access, secret=SECRET)
        leave(app)
    app = new_app(ours.house.folder, ours.house.database_url)
    with app.app_context():
        with write_tx() as session:
            them = Partner(name="the asked house", stop_cents=0, kilo_cents=0, ride_url=theirs.url)
            keep_ride_key(them, key, secret=SECRET)
            session.add(them)
        leave(app)


def partner_named(name: str) -> Partner:
    return db.session.scalars(select(Partner).where(Partner.name == name)).one()
