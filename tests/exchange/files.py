"""Files as suppliers send them, and the manager's way with them."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO

from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from locomotive.core.db import db
from locomotive.farm.supplier import Pack
from tests.farm_day import supplier
from tests.service_day import DATE


def look(
    office: FlaskClient, content: bytes | str, kind: str = "prices", **more: str
) -> TestResponse:
    """Send a file; text is sent as UTF-8."""
    sent = content.encode() if isinstance(content, str) else content
    data = {"supplier_id": supplier().id, "kind": kind, "day": DATE.isoformat()} | more
    return office.post("/farm/exchange", data=data | {"file": (BytesIO(sent), "tarif")})


def state(page: TestResponse) -> dict[str, str]:
    """The hidden fields by which the page names its file."""
    names = ("supplier_id", "kind", "number", "day", "kept")
    found = {n: re.search(rf'type="hidden" name="{n}" value="([^"]*)"', page.text) for n in names}
    return {name: unescape(value[1]) for name, value in found.items() if value}


def tell(office: FlaskClient, page: TestResponse, **answers: str) -> TestResponse:
    """Answer the page's questions (an underscore parts kind and word), and look again."""
    given = {name.replace("_", "-", 1): value for name, value in answers.items()}
    sent = office.post("/farm/exchange/answers", data=state(page) | given)
    assert sent.status_code == 303, sent.text
    return office.get(sent.headers["Location"])


def take(office: FlaskClient, page: TestResponse, **more: str) -> TestResponse:
    return office.post("/farm/exchange/take", data=state(page) | more)


def words(page: TestResponse) -> str:
    """The text of a page, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def prices() -> list[tuple[str, str, int, int | None]]:
    """(produce, unit, what one holds, cents) of what is sold."""
    db.session.rollback()
    packs = db.session.scalars(select(Pack).order_by(Pack.id))
    return [(p.produce.name, p.unit, p.amount, p.price_cents) for p in packs]


def workbook(*rows: tuple[object, ...]) -> bytes:
    """An XLSX file of one sheet."""
    book, file = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()
