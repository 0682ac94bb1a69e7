"""Spreadsheets: tables that go out as CSV, and suppliers' files that come in.

Both sides know what spreadsheets do in France: semicolons, decimal commas, cp1252 or UTF-8 with
a byte order mark. What goes out cannot become a formula; what comes in is read line by line.
"""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import IO

from flask import Response

from .language import amount_words

# A cell that begins with one of these would be run as a formula (OWASP, "CSV injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST_LINE = 20_000


class Thousandths(int):
    """A quantity in thousandths, written with the language's decimal sign."""


def cell(value: object) -> str:
    """A value as a cell: dates in ISO 8601, text that could be a formula made harmless."""
    if isinstance(value, Thousandths):
        return amount_words(value)
    if value is None:
        return ""
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


class Unreadable(Exception):
    """The file is no table; `line` is the first line that cannot be read."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def encoding_of(file: IO[bytes]) -> str:
    """UTF-8 when all of the file is valid UTF-8, else cp1252; reads it piece by piece."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while piece := file.read(65536):
            utf8.decode(piece)
        utf8.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8"


def plain_name(text: str) -> str:
    """A heading without accents, case and signs: "Unité" → "unite"."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in letters if c.isalnum())


def read_rows(file: IO[bytes], names: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, name → cell) of a CSV file, one row at a time.

    `names` gives the plain heading's meaning; unknown columns are passed over. The first line
    holds the headings. Raises Unreadable with the line.
    """
    lines = _decoded(file)
    first = next(lines, "")
    delimiter = max((";", ",", "\t"), key=first.count)
    columns = [
        names.get(plain_name(h), "") for h in next(csv.reader([first], delimiter=delimiter), [])
    ]
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    begins = 2
    try:
        for row in reader:
            if any(c.strip() for c in row):
                cells = zip(columns, row, strict=False)
                yield begins, {name: c.strip() for name, c in cells if name}
            begins = reader.line_num + 2
    except csv.Error as error:
        raise Unreadable(begins) from error


def _decoded(file: IO[bytes]) -> Iterator[str]:
    encoding = encoding_of(file)
    for number, raw in enumerate(file, 1):
        try:
            line = raw.decode(encoding)
        except UnicodeDecodeError as error:
            raise Unreadable(number) from error
        if len(line) > LONGEST_LINE or "\0" in line:
            raise Unreadable(number)
        yield line.removeprefix("\ufeff")
