"""Cells of a workbook as lines of JSON: [sheet, line, [cell, …]]; run as a program of its own.

A workbook may unpack to anything: whatever it makes of memory and time ends with this process.
"""

import json
import resource
import sys
from datetime import date, datetime, time
from io import BytesIO

MEMORY, SECONDS = 768 * 2**20, 20
SHEETS, LINES, COLUMNS = 20, 20_100, 100
LONGEST_CELL = 500


def text_of(value: object) -> str:
    """A cell as a person reads it: 1.2 and not 1.2000000000000002; days in ISO 8601."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)[:LONGEST_CELL]


def main() -> None:
    """Write the cells of the workbook that comes in at standard input."""
    # Imported here: the product takes this file's name and bounds, not the library.
    from python_calamine import CalamineWorkbook

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
    for number, name in enumerate(book.sheet_names[:SHEETS]):
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=LINES)
        for line, row in enumerate(rows, 1):
            cells = [text_of(value).strip() for value in row[:COLUMNS]]
            if any(cells):
                sys.stdout.write(json.dumps([number, line, cells]) + "\n")


if __name__ == "__main__":
    main()
