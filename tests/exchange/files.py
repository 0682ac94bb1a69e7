"""Files as suppliers send them, and the manager's way with them."""

from __future__ import annotations

import re
import zipfile
from html import escape, unescape
from io import BytesIO

from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from locomotive.core.db import db
from locomotive.farm.supplier import Pack
from tests.farm_day import supplier
from tests.service_day import DATE

OPEN_DOCUMENT = "application/vnd.oasis.opendocument.spreadsheet"
NAMES = "urn:oasis:names:tc:opendocument:xmlns"
MANIFEST = (
    f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{NAMES}:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{OPEN_DOCUMENT}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
CONTENT = (
    f'<?xml version="1.0"?><office:document-content xmlns:office="{NAMES}:office:1.0"'
    f' xmlns:table="{NAMES}:table:1.0" xmlns:text="{NAMES}:text:1.0" office:version="1.3">'
    '<office:body><office:spreadsheet><table:table table:name="Tarif">{}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)


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


def open_document(*rows: tuple[str | float, ...]) -> bytes:
    """An ODS file of one sheet, as LibreOffice writes its cells: numbers by their value, empty
    rows and cells by how often they are repeated."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("mimetype", OPEN_DOCUMENT)
        book.writestr("META-INF/manifest.xml", MANIFEST)
        book.writestr("content.xml", CONTENT.format("".join(map(_open_row, rows))))
    return file.getvalue()


def _open_row(cells: tuple[str | float, ...]) -> str:
    if not cells:
        return (
            '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        )
    return f"<table:table-row>{''.join(map(_open_cell, cells))}</table:table-row>"


def _open_cell(value: str | float) -> str:
    if value == "":
        return "<table:table-cell/>"
    if isinstance(value, str):
        text = f"<text:p>{escape(value)}</text:p>"
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
    kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"
