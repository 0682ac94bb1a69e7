"""A database moves to the other engine and back, row for row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from locomotive.backups.rows import facts_of
from locomotive.core.db import db, write_tx
from locomotive.ordering.order import Order
from tests.kept_house import empty_house, flask, kept_house


def facts() -> dict[str, tuple[int, str]]:
    with db.engine.connect() as connection:
        return facts_of(connection)


def test_a_database_moves_to_postgresql_and_back(
    tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    server, back = new_database("postgresql"), f"sqlite:///{tmp_path / 'back' / 'lunch.db'}"
    with kept_house(tmp_path / "here") as day:
        wanted = facts()
        assert wanted["customer_order"][0] == 3
        code, said = flask(day, "move-database", server)
        assert code == 0, said
    with empty_house(tmp_path / "there", server) as day:
        assert facts() == wanted
        code, said = flask(day, "move-database", back)
        assert code == 0, said
        with write_tx() as session:  # the control: one letter in one row is seen
            session.execute(update(Order).where(Order.number == 1).values(first_name="Nadja"))
        changed = facts()
        assert {name for name in wanted if changed[name] != wanted[name]} == {"customer_order"}
    with empty_house(tmp_path / "back", back) as day:
        assert facts() == wanted
        day.order("Samira", key="one more")


def test_a_database_in_use_takes_no_other(tmp_path: Path) -> None:
    with kept_house(tmp_path / "other"):
        pass
    with kept_house(tmp_path / "here") as day:
        code, said = flask(day, "move-database", f"sqlite:///{tmp_path / 'other' / 'lunch.db'}")
        assert (code, "This database is in use" in said) == (1, True)


@pytest.mark.parametrize("address", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////proc/x/y"])
def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path, address: str) -> None:
    with kept_house(tmp_path) as day:
        code, said = flask(day, "move-database", address)
        assert code == 1
        assert said.startswith("Error: ")
