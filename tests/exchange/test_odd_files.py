"""What is no table is refused in one sentence, whatever its name says."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from locomotive.exchange import sheet
from tests.exchange.files import look, prices, workbook
from tests.office_day import error_at
from tests.service_day import Day


def packed(name: str, content: bytes) -> bytes:
    """A workbook with one more file in it."""
    file = BytesIO(workbook(("Produit", "Prix HT")))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr(name, content)
    return file.getvalue()


FILES = {
    "empty": (b"", "The file is empty."),
    "blank": (b"\xef\xbb\xbf \r\n\r\n", "The file is empty."),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "This is no table."),
    "page": (b"\n<!DOCTYPE html><table><tr><td>Produit</td></tr></table>", "This is no table."),
    "old xml": (b'<?xml version="1.0"?><Workbook><Row>Produit</Row></Workbook>', "no table."),
    "json": (b'[{"produit": "A"}]', "This is no table."),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0", "This is no table."),
    "old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "This is an old workbook"),
    "cut": (workbook(("Produit", "Prix"))[:900], "This workbook cannot be read."),
    "zip": (b"PK\x05\x06" + b"\0" * 18, "This workbook cannot be read."),
    "macros": (packed("xl/vbaProject.bin", b"\0"), "This workbook holds macros."),
    "bomb": (packed("xl/media/a.xml", b"\0" * 70_000_000), "too large once unpacked"),
    "letters": (b"produit;unit\xe9;prix\nA;kg;1\n\x81\x8d;kg;1\n", "Line 3 cannot be read."),
    "nul": (b"produit;unite;prix\nA;kg;1\x00\n", "Line 2 cannot be read."),
    "quote": (b'produit;unite;prix\n"A;kg;1\n', "Line 2 cannot be read."),
    "long": (b"produit;unite;prix\n" + b"x" * 30_000 + b";kg;1\n", "Line 2 cannot be read."),
}


def test_b12_what_is_no_table_is_refused_in_one_sentence(day: Day, office: FlaskClient) -> None:
    for name, (content, said) in FILES.items():
        page = look(office, content)
        assert page.status_code == 422, name
        assert said in error_at(page, "file"), name
    assert prices() == []


def test_a_sheet_that_fills_the_memory_ends_with_its_own_process(
    day: Day, office: FlaskClient
) -> None:
    """Two cells at the far corners: 17 thousand million cells for whoever makes a table of them."""
    book = BytesIO(workbook(("Produit", "Prix HT"), ("Poireaux", 1)))
    far = BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(far, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                content = content.replace(b'r="B2"', b'r="XFD1048576"').replace(
                    b'r="2"', b'r="1048576"'
                )
            new.writestr(entry.filename, content)
    page = look(office, far.getvalue())
    assert page.status_code == 422
    assert "workbook" in error_at(page, "file")


def test_a_workbook_that_takes_too_long_is_given_up(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "PATIENCE", 0.001)
    assert "too large" in error_at(look(office, workbook(("Produit", "Prix"))), "file")
