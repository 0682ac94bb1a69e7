"""Line: one act of the staff, with what it changed, written in the transaction that changed it.

Values of personal columns and of secrets are never copied: a line says that they changed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Column, Insert, String, Table, Text, delete, event, inspect, select
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column

from ..core.base import Base, Key, Words, count_changed
from ..core.clock import instant_range

LINES_ARE_KEPT = timedelta(days=731)
MOST_ROWS, LONGEST = 40, 80  # of one line; letters of a value
SECRET = re.compile(r"(hash|secret|token|key)$")
HIDDEN = "…"
# What a machine counts or remembers for itself.
UNTOLD = {"trail_line", "edition", "sent_form", "rate", "mark"}


class TrailLine(Base):
    """One act: who, from what, when, where in the house, and what is another now."""

    __tablename__ = "trail_line"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[Words]
    role: Mapped[str] = mapped_column(String(20))
    device: Mapped[Words]
    kind: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(80))
    place: Mapped[Words]
    changes: Mapped[str] = mapped_column(Text)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows that the act touched: `table`, `row`, and `set`: column → (old, new)."""
        found: list[dict[str, Any]] = json.loads(self.changes)
        return found


Values = Mapping[str, Any]


@dataclass
class Act:
    """One request of the staff; listens to its session until the request is over."""

    facts: dict[str, Any]  # columns of the line that are known from the start
    rows: list[dict[str, Any]] = field(default_factory=list)
    is_told: bool = False
    _were: list[tuple[Any, Values]] = field(default_factory=list)

    def listen(self, session: Session) -> None:
        """Note what this session changes."""
        event.listen(session, "before_flush", self._flushes)
        event.listen(session, "after_flush", self._flushed)
        event.listen(session, "do_orm_execute", self._executed)
        event.listen(session, "before_commit", self._commits)
        event.listen(session, "after_rollback", lambda _session: self.rows.clear())

    def tell(self, session: Session) -> None:
        """Write the line."""
        session.add(TrailLine(**self.facts, changes=json.dumps(self.rows, ensure_ascii=False)))
        self.is_told = True
        self.rows = []

    def _commits(self, session: Session) -> None:
        session.flush()
        if self.rows:
            self.tell(session)

    def _note(self, table: Table, key: tuple[Any, ...], old: Values, new: Values) -> None:
        names = [c.name for c in table.columns if old.get(c.name) != new.get(c.name)]
        columns = table.columns
        changed = {
            n: [told(columns[n], old.get(n)), told(columns[n], new.get(n))]
            for n in names
            if n != "seen_at" or table.name != "sign_in"
        }
        if changed and len(self.rows) < MOST_ROWS:
            named = zip(table.primary_key.columns, key, strict=False)
            row = "-".join(str(told(column, value)) for column, value in named)
            self.rows.append({"table": table.name, "row": row, "set": changed})

    def _flushes(self, session: Session, _context: Any, _instances: Any) -> None:
        # What the rows were is read anew: of a row that was expired only the new value is known.
        for row in (*session.dirty, *session.deleted):
            is_another = row in session.deleted or session.is_modified(row)
            if is_another and row.__tablename__ not in UNTOLD:
                self._were.append((row, _stored(session, _where(row))))

    def _flushed(self, session: Session, _context: Any) -> None:
        pairs: list[tuple[Any, Values]] = [*self._were, *((row, {}) for row in session.new)]
        self._were = []
        for row, old in pairs:
            if row.__tablename__ in UNTOLD:
                continue
            table, key = _where(row)
            self._note(table, key, old, _stored(session, (table, key)))

    def _executed(self, state: ORMExecuteState) -> Any:
        name = getattr(getattr(state.statement, "table", None), "name", "")
        is_write = state.is_insert or state.is_update or state.is_delete
        if not is_write or name in UNTOLD or name not in Base.metadata.tables:
            return None
        table = Base.metadata.tables[name]
        if state.is_insert or isinstance(state.parameters, list):
            result = state.invoke_statement()
            self._note(table, (), {}, _params_of(state, table))
            return result
        return self._compared(state, table)

    def _compared(self, state: ORMExecuteState, table: Table) -> Any:
        """What rows were before a statement that changes them where they stand, and after."""
        session, keys = state.session, list(table.primary_key.columns)
        session.flush()
        wanted = select(*table.columns).limit(MOST_ROWS)
        condition = getattr(state.statement, "whereclause", None)
        if condition is not None:
            wanted = wanted.where(condition)
        before = [dict(row) for row in session.execute(wanted, state.parameters).mappings()]
        result = state.invoke_statement()
        for old in before:
            key = tuple(old[column.name] for column in keys)
            self._note(table, key, old, _stored(session, (table, key)))
        return result


def _where(row: Any) -> tuple[Table, tuple[Any, ...]]:
    """The table and the key of a row."""
    state = inspect(row)
    return row.__table__, state.identity or tuple(state.mapper.primary_key_from_instance(row))


def _stored(session: Session, where: tuple[Table, tuple[Any, ...]]) -> Values:
    """A row as the database has it now; nothing where it has none."""
    table, key = where
    columns = table.primary_key.columns
    same = [column == value for column, value in zip(columns, key, strict=True)]
    found = session.connection().execute(select(*table.columns).where(*same)).mappings().first()
    return dict(found) if found else {}


def _params_of(state: ORMExecuteState, table: Table) -> dict[str, Any]:
    """What a statement puts into new rows, as far as it says so."""
    given: Any = state.parameters
    if given:
        params = dict(given[0] if isinstance(given, list) else given)
    else:  # a statement of many rows is compiled by the session alone
        params = dict(cast(Insert, state.statement).compile().params)
    return {name: value for name, value in params.items() if name in table.columns}


def told(column: Column[Any], value: Any) -> Any:
    """A value as a line keeps it: short, and hidden where it is personal or a secret."""
    if value is None or value == "":
        return value
    if "personal" in column.info or SECRET.search(column.name):
        return HIDDEN
    if isinstance(value, bool | int | float):
        return value
    text = value.isoformat() if isinstance(value, date) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}{HIDDEN}"


@dataclass(frozen=True, kw_only=True)
class Search:
    """Which lines are looked for; what is empty or None does not matter."""

    day: date | None = None
    actor: str = ""
    kind: str = ""
    order_id: int | None = None
    before: int | None = None  # lines older than this one


def lines(session: Session, search: Search, *, most: int | None = None) -> list[TrailLine]:
    """The lines looked for, the latest first."""
    query = select(TrailLine).order_by(TrailLine.id.desc()).limit(most)
    if search.day:
        first, last = instant_range(search.day)
        query = query.where(TrailLine.at >= first, TrailLine.at < last)
    if search.actor:
        query = query.where(TrailLine.actor == search.actor)
    if search.kind:
        query = query.where(TrailLine.kind == search.kind)
    if search.order_id is not None:
        entry = json.dumps({"table": "customer_order", "row": str(search.order_id)})
        query = query.where(TrailLine.changes.contains(entry[1:-1], autoescape=True))
    if search.before is not None:
        query = query.where(TrailLine.id < search.before)
    return list(session.scalars(query))


def actors(session: Session) -> list[str]:
    """Everybody of whom there is a line."""
    return list(session.scalars(select(TrailLine.actor).distinct().order_by(TrailLine.actor)))


def forget_lines(session: Session, *, now: datetime) -> int:
    """Drop the lines that are older than LINES_ARE_KEPT; return how many."""
    return count_changed(session, delete(TrailLine).where(TrailLine.at < now - LINES_ARE_KEPT))
