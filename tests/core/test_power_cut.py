"""D-03: the power goes at any moment; what was acknowledged is there, and the file is whole.

The house writes under strace, which tells each write, each sync and each acknowledgement in their
order. A cut leaves of each file what was synced before it, and of what was written since then any
part at all: nothing, the first pages, some of them, half of one.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from tests.conftest import lacking

pytestmark = pytest.mark.full
CUTS, ORDERS = 300, 40
CALL = re.compile(r"\d+ +(?P<name>\w+)\((?P<file>\d+)<(?P<path>[^>]*)>(?:, (?P<rest>.*))?\) += ")
ROOT = Path(__file__).parents[2]
# Orders one after the other, each acknowledged as a customer is: after the transaction.
PROGRAM = """
import os, sys
from pathlib import Path
from sqlalchemy import event
from tests.service_day import new_day
from locomotive.core.db import db
day = new_day(Path(sys.argv[1]))
told = os.open(Path(sys.argv[1]) / "told", os.O_CREAT | os.O_WRONLY)
with day.app.app_context():
    if sys.argv[2] != "FULL":
        db.session.remove()
        event.listen(
            db.engine, "checkout", lambda c, *_: c.execute("PRAGMA synchronous = " + sys.argv[2])
        )
    os.write(told, b"begin")
    for number in range(int(sys.argv[3])):
        day.order("Nadia", key=f"key-{number}")
        os.write(told, f"key-{number}".encode())
        if number % 15 == 14:  # what was written so far moves into the database's own file
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    os._exit(0)
"""


class Disk:
    """What the files hold for certain, and what was written to them since they were synced."""

    def __init__(self) -> None:
        self.safe: dict[str, bytes] = {}
        self.loose: list[tuple[str, str, int, bytes]] = []
        self.acknowledged: set[str] = set()

    def apply(self, files: dict[str, bytes], one: tuple[str, str, int, bytes]) -> None:
        name, act, at, content = one
        held = files.get(name, b"")
        if act == "cut":
            files[name] = held[:at].ljust(at, b"\0")
        else:
            files[name] = held[:at].ljust(at, b"\0") + content + held[at + len(content) :]

    def sync(self, name: str) -> None:
        for one in [one for one in self.loose if one[0] == name]:
            self.apply(self.safe, one)
        self.loose = [one for one in self.loose if one[0] != name]

    def after_a_cut(self, dice: random.Random) -> dict[str, bytes]:
        """The files as they may be found when the power is back."""
        files = dict(self.safe)
        kept = dice.choice((0.0, 0.3, 0.7, 1.0))
        for name, act, at, content in self.loose:
            if dice.random() <= kept:
                half = dice.randrange(len(content) + 1) if dice.random() < 0.2 else len(content)
                self.apply(files, (name, act, at, content[:half]))
        return files


def written(folder: Path, synchronous: str) -> list[str]:
    """The calls of a house that takes orders, as strace tells them."""
    log = folder / "calls"
    house = folder / "house"
    house.mkdir()
    files = [house / name for name in ("lunch.db", "lunch.db-wal", "told")]
    calls = "trace=pwrite64,write,fsync,fdatasync,ftruncate"
    watch = ["strace", "-f", "-y", "-xx", "-s", "5000", "-e", calls, "-o", str(log)]
    for path in files:
        watch += ["-P", str(path)]
    run = [sys.executable, "-c", PROGRAM, str(house), synchronous, str(ORDERS)]
    subprocess.run([*watch, *run], check=True, cwd=ROOT, capture_output=True, timeout=600)
    return log.read_text().splitlines()


def bytes_of(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def name_in(path: str) -> str:
    return Path(bytes_of(path).decode()).name


def moments(calls: list[str]) -> list[int]:
    """The calls between the first order and the last, as numbers of lines."""
    told = "".join(f"\\x{byte:02x}" for byte in b"/told") + ">"
    first = next(n for n, line in enumerate(calls) if told in line)
    assert len(calls) - first > CUTS, f"{len(calls)} calls"
    return list(range(first, len(calls)))


def replay(line: str, disk: Disk) -> None:
    """Let one call happen."""
    call = CALL.match(line)
    if call is None:
        return
    name, rest = name_in(call["path"]), call["rest"] or ""
    text = re.match(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?', rest)
    if name == "told" and text:
        disk.acknowledged.add(bytes_of(text[1]).decode())
    elif call["name"] in ("fsync", "fdatasync"):
        disk.sync(name)
    elif call["name"] == "ftruncate":
        disk.loose.append((name, "cut", int(rest), b""))
    elif call["name"] == "pwrite64" and text:
        assert not text[2], "strace told a part only"
        disk.loose.append((name, "write", int(rest.split(", ")[-1]), bytes_of(text[1])))


def lost(folder: Path, synchronous: str) -> tuple[int, int]:
    """(cuts that lost an acknowledged order, cuts after which the file was not whole)."""
    calls, disk, dice = written(folder, synchronous), Disk(), random.Random(3)
    cuts = set(dice.sample(moments(calls), CUTS))
    losses = broken = 0
    found = folder / "found"
    for number, line in enumerate(calls):
        replay(line, disk)
        if number not in cuts:
            continue
        shutil.rmtree(found, ignore_errors=True)
        found.mkdir()
        for name, content in disk.after_a_cut(dice).items():
            (found / name).write_bytes(content)
        keys, is_whole = read(found / "lunch.db")
        broken += not is_whole
        losses += bool(disk.acknowledged - {"begin"} - keys)
    return losses, broken


def read(path: Path) -> tuple[set[str], bool]:
    """The orders of a database that is opened after a cut, each with its line; and its health."""
    query = "SELECT idempotency_key FROM customer_order o WHERE EXISTS (SELECT 1 FROM order_line l "
    with closing(sqlite.connect(path)) as connection:
        try:
            health = connection.execute("PRAGMA integrity_check").fetchone()[0]
            rows = connection.execute(f"{query} WHERE l.order_id = o.id)").fetchall()
            total = connection.execute("SELECT count(*) FROM customer_order").fetchone()[0]
        except sqlite.DatabaseError:
            return set(), False
    return {row[0] for row in rows}, health == "ok" and total == len(rows)


def test_d03_a_power_cut_loses_no_acknowledged_order(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        lacking("strace")
    assert lost(tmp_path, "FULL") == (0, 0)


def test_d03_the_control_without_a_sync_at_each_commit_orders_are_lost(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        lacking("strace")
    losses, _broken = lost(tmp_path, "NORMAL")
    assert losses > 50
