"""Spreadsheets: tables that go out as CSV, as French spreadsheets open them, and how names that
come in are compared. What goes out cannot become a formula."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache

from flask import Response

from .language import amount_words

# A cell that begins with one of these would be run as a formula (OWASP, "CSV injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LIGATURES = {ord("œ"): "oe", ord("æ"): "ae"}


class Thousandths(int):
    """A quantity in thousandths, written with the language's decimal sign."""


def cell(value: object) -> str:
    """A value as a cell: dates in ISO 8601, text that could be a formula made harmless."""
    if isinstance(value, Thousandths):
        return amount_words(value)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    if isinstance(value, int | float):
        return text
    return f"'{text}" if text.startswith(FORMULA) else text


def table(name: str, rows: Iterable[Iterable[object]]) -> Response:
    """Rows as a CSV file with semicolons and a byte order mark, written as they come."""

    def lines() -> Iterator[bytes]:
        yield "\ufeff".encode()
        for row in rows:
            line = io.StringIO()
            csv.writer(line, delimiter=";").writerow([cell(value) for value in row])
            yield line.getvalue().encode()

    response = Response(b"".join(lines()), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@lru_cache(maxsize=20_000)
def plain_name(text: str) -> str:
    """A name without accents, ligatures, case and signs: "Unité" → "unite", "Œufs" → "oeufs"."""
    return "".join(plain_words(text))


def plain_words(text: str) -> list[str]:
    """The words of a text as they are compared: "P.U. HT" → p, u, ht."""
    letters = unicodedata.normalize("NFKD", text).casefold().translate(LIGATURES)
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", plain)
