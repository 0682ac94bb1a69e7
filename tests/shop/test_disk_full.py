"""F-01: a full disk: no order by halves, a plain answer with the phone number; then it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from werkzeug.test import TestResponse

from locomotive.core.base import Base
from locomotive.core.db import db
from tests.shop_day import Shop


@contextmanager
def full_disk() -> Iterator[None]:
    """SQLite finds no room for one page more, whichever connection writes."""
    with db.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
    limit = {"pages": pages}

    def bound(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {limit['pages']}")

    event.listen(db.engine, "checkout", bound)
    yield
    limit["pages"] = 1_000_000_000


def counts() -> dict[str, int]:
    """How many rows each table has."""
    db.session.rollback()
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def fill_pages() -> None:
    """Use up what room the pages have that are there, as far as the bound allows."""
    with db.engine.connect() as connection:
        for size in (100_000, 3_000, 900, 100):
            try:
                while True:
                    connection.exec_driver_sql("INSERT INTO filling VALUES (zeroblob(?))", (size,))
                    connection.commit()
            except Exception:
                connection.rollback()


@pytest.mark.full
def test_f01_a_full_disk_leaves_no_order_by_halves_and_goes_by(shop: Shop) -> None:
    with db.engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE filling (what BLOB)")
        connection.commit()
    with full_disk():
        fill_pages()
        before = counts()
        answers = [order(shop, number) for number in range(40)]
        refused = [answer for answer in answers if answer.status_code == 503]
        assert refused, [answer.status_code for answer in answers]
        assert "03 53 01 00 62" in refused[0].text
        taken = sum(answer.status_code == 303 for answer in answers)
        after = counts()
        assert after["customer_order"] - before["customer_order"] == taken
        assert after["order_line"] - before["order_line"] == taken
        assert shop.client.get("/legal").status_code == 200
    assert order(shop, 40).status_code == 303
    with db.engine.connect() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def order(shop: Shop, number: int) -> TestResponse:
    """Order one dish, as a customer of its own."""
    shop.add("1")
    answer = shop.order(key=f"{number:032d}")
    assert answer.status_code == 503 or answer.location.startswith("/o/"), answer.status_code
    return answer
