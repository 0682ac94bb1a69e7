"""A use-by label comes out of the label printer with the press that makes it, and once."""

from __future__ import annotations

from collections import Counter

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from locomotive.core.db import db, write_tx
from locomotive.printers.job import PrintJob
from locomotive.printers.printer import Printer, save_printer
from locomotive.worker.printing import print_all
from tests.conftest import lacking
from tests.kitchen_day import day as day
from tests.kitchen_day import screen as screen
from tests.printers.machine import differs, machine, read_brother
from tests.service_day import Day

CREAM = {"kind": "dairy", "what": "Crème"}


@pytest.fixture(autouse=True)
def pdfium() -> None:
    """Nothing is drawn without it."""
    try:
        import pypdfium2  # noqa: F401
    except ImportError:
        lacking("pypdfium2")


def printer(name: str, address: str = "folder", **more: object) -> int:
    values = {"tongue": "brother", "paper_mm": 62, "prints": "labels", "station": "", **more}
    row = Printer(name=name, address=address, is_automatic=False, is_active=True, **values)
    with write_tx() as session:
        save_printer(session, row)
        return row.id


def make(screen: FlaskClient, **form: str) -> str:
    answer = screen.post("/kitchen/use-by/new", data={**CREAM, **form})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def jobs() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(job.printer.name, job.state) for job in db.session.scalars(select(PrintJob))]


def drawn(day: Day) -> list[Image.Image]:
    """What the folder printer keeps, the oldest first."""
    folder = day.app.extensions["settings"].instance
    return [Image.open(path).copy() for path in sorted(folder.glob("paper/*/print-*.png"))]


def test_the_press_that_makes_a_label_prints_it_once(day: Day, screen: FlaskClient) -> None:
    printer("pass")
    for _touch in range(2):
        assert make(screen, key="p" * 32) == "/kitchen/use-by/"
    print_all()
    assert jobs() == [("pass", "printed")]
    [label] = drawn(day)
    # A short label, with its code in black: neither blank nor full.
    assert label.width == 696
    assert 300 < label.height < 1000
    black = Counter(label.convert("L").tobytes())[0] / (label.width * label.height)
    assert 0.03 < black < 0.4


def test_a_machine_gets_the_label_dot_by_dot(day: Day, screen: FlaskClient) -> None:
    with machine("brother") as taker:
        printer("roll", taker.address)
        make(screen)
        print_all()
        other = printer("folder")
        screen.post("/kitchen/use-by/1/print", data={"printer": other, "key": "o" * 32})
        print_all()
    assert jobs() == [("roll", "printed"), ("folder", "printed")]
    assert not differs(read_brother(taker.taken, 696, 12), drawn(day)[0])


def test_without_a_label_printer_the_label_itself_is_shown(day: Day, screen: FlaskClient) -> None:
    printer("tickets", prints="tickets")
    printer("cold station", station="cold")
    assert make(screen) == "/kitchen/use-by/1/label"
    assert jobs() == []


def test_one_that_works_is_chosen_before_one_without_paper(day: Day, screen: FlaskClient) -> None:
    for name, condition in (("a", "no paper"), ("b", "fine")):
        made = printer(name)
        with write_tx() as session:
            session.get_one(Printer, made).condition = condition
    make(screen)
    assert jobs() == [("b", "waiting")]


def test_it_is_printed_again_at_a_touch(day: Day, screen: FlaskClient) -> None:
    printer_id = printer("pass")
    make(screen)
    assert "pass" in screen.get("/kitchen/use-by/1").text
    for _touch in range(2):
        form = {"printer": printer_id, "key": "q" * 32}
        assert screen.post("/kitchen/use-by/1/print", data=form).status_code == 303
    assert jobs() == [("pass", "waiting")] * 2
    for wrong in ("77", "", "x"):
        answer = screen.post("/kitchen/use-by/1/print", data={"printer": wrong})
        assert answer.status_code == 404, wrong


def test_one_that_was_broken_off_is_asked_about_where_labels_are_made(
    day: Day, screen: FlaskClient
) -> None:
    printer("pass")
    make(screen)
    assert "was it printed?" not in screen.get("/kitchen/use-by/").text
    with write_tx() as session:
        session.query(PrintJob).one().state = "unsure"
    page = screen.get("/kitchen/use-by/").text
    assert "use-by label 1" in page
    assert "was it printed?" in page
    answer = screen.post("/kitchen/prints/1", data={"again": "yes"})
    assert answer.headers["Location"] == "/kitchen/use-by/"
    print_all()
    assert jobs() == [("pass", "dropped"), ("pass", "printed")]
    assert len(drawn(day)) == 1
