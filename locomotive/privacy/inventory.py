"""Inventory: every column and every file that says something of a person."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Column, ColumnElement, FromClause, Select, Table, select

from ..core.base import Base
from ..core.clock import PARIS
from ..core.personal import CONTACT, KINDS, PAPERS, Keep, Kitchen, Personal
from ..service.service import Service

DAY_IN_NAME = re.compile(r"(20\d\d)-?(\d\d)-?(\d\d)(?!\d)|(20\d\d)(\d\d)(\d\d)T")


@dataclass(frozen=True)
class PersonalFiles:
    """Files below the instance folder that name persons."""

    pattern: str
    kind: Personal


# Photos and voices of dishes show none; suppliers' notes and purchases name firms.
FILES = (
    PersonalFiles("paper/????-??-??/*", PAPERS),
    PersonalFiles("paper/round-*", PAPERS),
    PersonalFiles("practice/*", PAPERS),
    PersonalFiles("mails/*", CONTACT),
    PersonalFiles("sms/*", CONTACT),
    PersonalFiles("intake/*", CONTACT),
)


def personal_columns(keep: Keep | None = None) -> dict[Table, list[Column[object]]]:
    """The columns that hold personal data, all or those that are kept so long, by table."""
    found: dict[Table, list[Column[object]]] = {}
    for table in Base.metadata.sorted_tables:
        columns = [c for c in table.columns if "personal" in c.info]
        columns = [c for c in columns if keep in (None, c.info["personal"].keep)]
        if columns:
            found[table] = columns
    return found


def kinds() -> list[Personal]:
    """Every kind of personal data that the house keeps, in the order of the trade."""
    found = {c.info["personal"] for columns in personal_columns().values() for c in columns}
    found |= {files.kind for files in FILES}
    return [kind for kind in KINDS if kind in found]


def points_at(
    table: FromClause, target: FromClause, wanted: Select[int]
) -> ColumnElement[bool] | None:
    """The condition under which rows of a table belong to wanted rows of another one, by the
    shortest way of foreign keys that are always set; None where no way leads there."""
    ways: list[tuple[FromClause, list[Column[object]]]] = [(table, [])]
    seen: set[FromClause] = {table}
    while ways:
        here, way = ways.pop(0)
        for key in sorted(here.foreign_keys, key=lambda key: str(key.parent)):
            there, longer = key.column.table, [*way, key.parent]
            if key.parent.nullable:
                continue  # it need not lead anywhere
            if there is target:
                return _through(longer, wanted)
            if there not in seen:
                seen.add(there)
                ways.append((there, longer))
    return None


def _through(way: list[Column[object]], wanted: Select[int]) -> ColumnElement[bool]:
    condition = way[-1].in_(wanted)
    for column in reversed(way[:-1]):
        (key,) = column.foreign_keys
        condition = column.in_(select(key.column).where(condition))
    return condition


def of_lunches(table: FromClause, *, before: date) -> ColumnElement[bool] | None:
    """The condition under which rows of a table belong to a lunch before a day."""
    old = select(Service.id).where(Service.date < before)
    return points_at(table, Service.__table__, old)


def erased_value(column: Column[object], depot: tuple[float, float]) -> object:
    """What stands in a column once it is erased."""
    value = column.info["erased"]
    return depot[value.value] if isinstance(value, Kitchen) else value


def old_files(root: Path, keep: Keep, *, before: date) -> Iterator[Path]:
    """The files that were made for a day before `before`: by their name, else by their age."""
    for files in FILES:
        if files.kind.keep is keep:
            yield from (p for p in sorted(root.glob(files.pattern)) if _day_of(p, root) < before)


def _day_of(path: Path, root: Path) -> date:
    found = DAY_IN_NAME.search(str(path.relative_to(root)))
    if found:
        year, month, day = (int(part) for part in found.groups() if part)
        return date(year, month, day)
    return datetime.fromtimestamp(path.stat().st_mtime, tz=PARIS).date()
