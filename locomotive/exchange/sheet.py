"""Sheet: a supplier's file as lines of cells, whatever program wrote it.

CSV in any encoding, with any separator and any line ends; XLSX and ODS. What is no table is
refused in one sentence that says what to do.
"""

import csv
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from itertools import groupby
from pathlib import Path

from ..core.refusal import N_, Invalid

Table = list[tuple[int, list[str]]]  # (line number from 1, its cells)
# How a PDF, a picture, a letter, a web page (some programs call it .xls) or JSON begins.
NO_TABLE = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"{", b"[", b"<")
Score = Callable[[list[str]], int]  # how much a line looks like headings

SEPARATORS = (";", "\t", ",", "|")
LONGEST_LINE = 20_000
MAXIMUM_UNPACKED = 60_000_000
PATIENCE = 30  # seconds for a workbook
LOOKED_AT = 60  # lines in which headings are looked for


class FileEmpty(Invalid):
    message = N_("The file is empty. Ask the supplier to send it again.")


class LineUnreadable(Invalid):
    message = N_("Line %(line)s cannot be read. Save the table as CSV and send it again.")


class NoTable(Invalid):
    message = N_(
        "This is no table. Send the list as CSV, XLSX or ODS, not as PDF, picture or web page."
    )


class WorkbookOld(Invalid):
    message = N_(
        "This is an old workbook, or one with a password. Save it as XLSX or CSV and send it again."
    )


class WorkbookMacros(Invalid):
    message = N_("This workbook holds macros. Save it as XLSX without macros and send it again.")


class WorkbookBroken(Invalid):
    message = N_("This workbook cannot be read. Open it, save the table as CSV and send that.")


class WorkbookTooLarge(Invalid):
    message = N_("This workbook is too large once unpacked. Send the price list alone, as CSV.")


def read_table(content: bytes, score: Score) -> Table:
    """The lines of a file that hold something; of several readings the one with the best headings.

    Raises FileEmpty, LineUnreadable, NoTable and the refusals of workbooks, at the field `file`.
    """
    if not content.strip(b"\0\t\r\n \xef\xbb\xbf"):
        raise FileEmpty(field="file")
    if content.startswith(b"PK"):
        return _best(_sheets(content), score)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise WorkbookOld(field="file")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(NO_TABLE):
        raise NoTable(field="file")
    lines = _lines(content)
    separator = max(SEPARATORS, key=lambda s: _promise(lines, s, score))
    return list(_rows(lines, separator))


def _best(tables: list[Table], score: Score) -> Table:
    if not tables:
        raise FileEmpty(field="file")
    return max(tables, key=lambda table: max(score(cells) for _, cells in table[:LOOKED_AT]))


def _lines(content: bytes) -> list[str]:
    """The lines of a text with their ends made alike. Raises LineUnreadable."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16", errors="replace").encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    is_mac = b"\r" in content and b"\n" not in content
    plain = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    other = "mac_roman" if is_mac else "cp1252"
    found = []
    for number, raw in enumerate(plain.split(b"\n"), 1):
        line = _decoded(raw, other)
        if line is None or len(line) > LONGEST_LINE or "\0" in line:
            raise LineUnreadable(line=number, field="file")
        found.append(line + "\n")
    return found


def _decoded(raw: bytes, other: str) -> str | None:
    """A line in UTF-8, else in the older encoding: whoever joins two files has both in one."""
    for encoding in ("utf-8", other):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return None


def _promise(lines: list[str], separator: str, score: Score) -> tuple[int, int]:
    """How good the headings are with a separator, and how many cells it makes."""
    rows = list(csv.reader(lines[:LOOKED_AT], delimiter=separator))
    return max((score(row) for row in rows), default=0), sum(len(row) > 1 for row in rows)


def _rows(lines: list[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    begins = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            # Excel says in a first line of its own which separator it wrote.
            if any(cells) and not (begins == 1 and cells[0].startswith("sep=")):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise LineUnreadable(line=begins, field="file") from error


def _sheets(content: bytes) -> list[Table]:
    """The sheets of a workbook that hold something. Raises the refusals of workbooks."""
    try:
        entries = zipfile.ZipFile(BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise WorkbookBroken(field="file") from error
    names = [entry.filename.lower() for entry in entries]
    if any("vbaproject" in n or n.startswith(("basic/", "scripts/")) for n in names):
        raise WorkbookMacros(field="file")
    if sum(entry.file_size for entry in entries) > MAXIMUM_UNPACKED:
        raise WorkbookTooLarge(field="file")
    cells = [json.loads(line) for line in _unpacked(content).splitlines()]
    return [
        [(line, texts) for _, line, texts in rows]
        for _, rows in groupby(cells, key=lambda cell: cell[0])
    ]


def _unpacked(content: bytes) -> bytes:
    """What `workbook.py` makes of it in a process that may use only so much memory and time."""
    program = [sys.executable, "-I", str(Path(__file__).with_name("workbook.py"))]
    try:
        done = subprocess.run(program, input=content, capture_output=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise WorkbookTooLarge(field="file") from error
    if done.returncode < 0 or b"MemoryError" in done.stderr:
        raise WorkbookTooLarge(field="file")
    if done.returncode:
        raise WorkbookBroken(field="file")
    return done.stdout
