"""What is printed, when, and never twice unless somebody asks for it."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.kitchen.production import departures
from locomotive.ordering.order import Order, orders_of
from locomotive.printers import job as jobs
from locomotive.printers.job import PrintJob, PrintState, claim_job, print_again
from locomotive.printers.printer import Printer, save_printer
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from locomotive.worker import printing
from locomotive.worker.printing import print_all
from locomotive.worker.tidy import tidy_up
from tests.conftest import lacking
from tests.post_office import post_office
from tests.printers.machine import differs, machine, read_brother, read_escpos, read_zpl
from tests.service_day import Day


@pytest.fixture(autouse=True)
def pdfium() -> None:
    """Nothing is drawn without it."""
    try:
        import pypdfium2  # noqa: F401
    except ImportError:
        lacking("pypdfium2")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Draw a bag's number of stripes instead of its label; return the orders that were drawn."""
    drawn: list[int] = []

    def pages(job: PrintJob) -> list[Image.Image]:
        drawn.append(job.order_id or 0)
        picture = Image.new("1", (job.printer.medium.dots, 900), 1)
        for line in range(job.order_id or 40):
            picture.paste(0, (0, 20 * line, picture.width, 20 * line + 9))
        return [picture]

    monkeypatch.setattr(printing, "_pages", pages)
    return drawn


def printer(address: str = "folder", tongue: str = "escpos", **more: object) -> Printer:
    width = {"escpos": 80, "brother": 62, "zpl": 62}[tongue]
    values = {"name": "pass", "prints": "labels", "station": "", "is_automatic": True}
    row = Printer(tongue=tongue, address=address, paper_mm=width, is_active=True, **values)
    for name, value in more.items():
        setattr(row, name, value)
    with write_tx() as session:
        save_printer(session, row)
    return row


def states() -> Counter[str]:
    db.session.rollback()
    return Counter(db.session.scalars(select(PrintJob.state)))


def condition() -> str:
    db.session.rollback()
    return db.session.scalars(select(Printer.condition)).one()


def at(
    day: Day, monkeypatch: pytest.MonkeyPatch, hour: int, minute: int = 0, second: int = 0
) -> None:
    now = day.at(hour, minute) + timedelta(seconds=second)
    monkeypatch.setattr(clock, "now", lambda: now)


def folder(day: Day) -> list[Path]:
    instance = day.app.extensions["settings"].instance
    return sorted(instance.glob("paper/*/print-*"))


def test_takeaway_is_printed_at_its_cutoff_and_a_round_when_it_is_released(
    day: Day, quick: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    printer()
    taken = [day.order("Nadia"), day.order("Karim", slot=(11, 45))]
    brought = [day.order("Louise", to="school"), day.order("Samira", to="library")]
    blocked = day.order("Hugo")
    with write_tx() as session:
        session.get_one(Order, blocked.id).blocked_at = day.at(9)
    at(day, monkeypatch, 10, 59)
    print_all()
    assert quick == []
    at(day, monkeypatch, 11, 1)
    print_all()
    assert quick == [taken[1].id, taken[0].id]
    rounds = day.plan()
    print_all()
    assert len(quick) == 2
    for round_ in rounds:
        with write_tx() as session:
            release(
                session,
                session.get_one(Round, round_.id),
                seen=round_.stamp,
                now=day.at(11),
            )
    print_all()
    packed = departures(orders_of(db.session(), day.service))
    aboard = [o.id for d in packed for o in d.orders if o.is_delivery]
    assert quick[2:] == aboard
    assert set(aboard) == {order.id for order in brought}
    print_all()
    assert len(quick) == 4
    assert states() == {"printed": 4}


@pytest.mark.parametrize("tongue", ["escpos", "brother", "zpl"])
def test_what_a_machine_takes_is_the_label(
    day: Day, monkeypatch: pytest.MonkeyPatch, tongue: str
) -> None:
    """The bytes on the wire are the picture that the folder printer keeps."""
    order = day.order("Nadia", carbonade=2)
    with machine(tongue) as taker:
        real = printer(taker.address, tongue, is_automatic=False)
        paper = printer("folder", tongue, name="folder", is_automatic=False)
        with write_tx() as session:
            for one in (real, paper):
                print_again(session, session.merge(one), session.merge(order), now=day.at(10))
        print_all()
    assert states() == {"printed": 2}
    kept, drawn = folder(day)
    read = {
        "escpos": read_escpos,
        "brother": lambda content: read_brother(content, 696, 12),
        "zpl": read_zpl,
    }[tongue]
    with Image.open(drawn) as image:
        picture = image.copy()
    assert not differs(read(taker.taken), picture)
    assert not differs(read(kept.read_bytes()), picture)
    assert picture.getbbox() is not None
    black = sum(1 for value in picture.convert("L").tobytes() if not value)
    assert 0.01 < black / (picture.width * picture.height) < 0.4


def test_a_ticket_of_a_station_holds_its_dishes_only(day: Day) -> None:
    order = day.order("Nadia", carbonade=1)
    cold = printer(prints="tickets", station="cold", is_automatic=False)
    with write_tx() as session:
        print_again(session, session.merge(cold), session.merge(order), now=day.at(10))
    print_all()
    assert states() == {"dropped": 1}
    assert folder(day) == []


def test_without_paper_nothing_is_lost_and_the_screens_say_so(
    day: Day, quick: list[int], screen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = day.order("Nadia")
    at(day, monkeypatch, 11, 1)
    assert "No paper left" not in screen.get("/kitchen/pack").text
    with machine("escpos", "no paper") as taker:
        printer(taker.address)
        print_all()
        assert (states(), condition()) == ({"waiting": 1}, "no paper")
        assert "No paper left" in screen.get("/kitchen/pack").text
        assert "No paper left" in day.signed_in("manager").get("/office/").text
        print_all()
        assert len(quick) == 1  # it is left alone for a while
        taker.mood = "prints"
        at(day, monkeypatch, 11, 1, 30)
        print_all()
    assert (states(), condition()) == ({"printed": 1}, "fine")
    assert quick == [order.id] * 2
    assert "No paper left" not in screen.get("/kitchen/pack").text


def test_the_pauses_before_an_absent_printer_grow(
    day: Day, quick: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order("Nadia")
    with machine("zpl") as gone:
        address = gone.address
    printer(address, "zpl")
    tried = []
    for second in range(0, 400, 5):
        now = day.at(11, 1) + timedelta(seconds=second)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        before = len(quick)
        print_all()
        tried += [second] * (len(quick) - before)
    assert tried == [0, 10, 30, 70, 150, 310]
    assert (states(), condition()) == ({"waiting": 1}, "absent")


def test_what_is_broken_off_midway_is_printed_again_only_when_somebody_says_so(
    day: Day, quick: list[int], screen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order("Nadia")
    at(day, monkeypatch, 11, 1)
    with machine("brother", "breaks off") as taker:
        printer(taker.address, "brother")
        print_all()
        assert states() == {"unsure": 1}
        taker.mood = "prints"
        at(day, monkeypatch, 11, 30)
        print_all()
        assert states() == {"unsure": 1}
        assert "was it printed?" in screen.get("/kitchen/2026-11-24/papers").text
        job = db.session.scalars(select(PrintJob)).one()
        for _touch in range(2):
            screen.post(f"/kitchen/prints/{job.id}", data={"again": "yes"})
        print_all()
    assert states() == {"dropped": 1, "printed": 1}


def test_a_job_of_a_worker_that_died_is_asked_about(day: Day, quick: list[int]) -> None:
    order, row = day.order("Nadia"), printer(is_automatic=False)
    with write_tx() as session:
        print_again(session, session.merge(row), session.merge(order), now=day.at(10))
        assert claim_job(session, now=day.at(10))
    print_all()
    assert states() == {"printing": 1}  # perhaps it still lives
    with write_tx() as session:
        claim_job(session, now=day.at(10) + jobs.CLAIM_LASTS + timedelta(seconds=1))
    assert states() == {"unsure": 1}
    assert quick == []


def test_two_workers_print_each_job_once(
    day: Day, quick: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered = {day.order(f"Nadia {n}").id for n in range(6)}
    printer()
    at(day, monkeypatch, 11, 1)

    def worker() -> None:
        with day.app.app_context():
            print_all()
            db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(worker) for _ in range(2)]:
            done.result()
    assert Counter(quick) == dict.fromkeys(ordered, 1)


def test_a_cancelled_order_is_not_printed(day: Day, quick: list[int]) -> None:
    order, row = day.order("Nadia"), printer(is_automatic=False)
    with write_tx() as session:
        print_again(session, session.merge(row), session.merge(order), now=day.at(10))
    day.cancel(order)
    print_all()
    assert (states(), quick) == ({"dropped": 1}, [])


def test_the_kitchen_prints_what_is_missing_and_one_bag_again(
    day: Day, quick: list[int], screen: FlaskClient
) -> None:
    first, second = day.order("Nadia"), day.order("Karim")
    row = printer(is_automatic=False)
    page = "/kitchen/2026-11-24/print"
    for _touch in range(2):
        screen.post(page, data={"printer": row.id})
        print_all()
    assert quick == [first.id, second.id]
    key = "k" * 32
    for _touch in range(2):
        screen.post(page, data={"printer": row.id, "number": second.number, "key": key})
        print_all()
    assert quick == [first.id, second.id, second.id]
    answer = screen.post(page, data={"printer": row.id, "number": 999}, follow_redirects=True)
    assert "There is no such bag in this lunch." in answer.text
    assert screen.post(page, data={"printer": 77}).status_code == 404


def test_a_printer_that_hangs_holds_no_mail_up(
    day: Day, quick: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order("Nadia", email="nadia@example.org")
    at(day, monkeypatch, 11, 1)
    hung, free = threading.Event(), threading.Event()
    monkeypatch.setattr(printing, "print_picture", lambda *_a: hung.set() or free.wait(60))
    printer()
    work = day.app.extensions["jobs"]
    with post_office("takes") as office:
        day.app.extensions["settings"].__dict__.update(mail_url=office.url)
        work.printing.start()
        assert hung.wait(30)
        work.post.start()
        for _look in range(300):
            if office.mails:
                break
            free.wait(0.1)
        assert office.mails
        work.post.stop()
    free.set()
    work.printing.stop()


def test_the_folder_is_emptied_the_night_after_and_old_jobs_go(
    day: Day, quick: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order("Nadia")
    printer()
    at(day, monkeypatch, 11, 1)
    print_all()
    assert len(folder(day)) == 2
    night = day.at(11) + timedelta(hours=17)
    monkeypatch.setattr(clock, "now", lambda: night)
    tidy_up()
    assert folder(day) == []
    assert states() == {"printed": 1}
    monkeypatch.setattr(clock, "now", lambda: night + timedelta(days=7))
    tidy_up()
    assert states() == {}


@pytest.fixture
def form() -> dict[str, str]:
    return {
        "name": "pass", "tongue": "brother", "address": "192.168.1.50", "paper_mm": "62",
        "prints": "labels", "station": "", "is_automatic": "1", "is_active": "1",
    }  # fmt: skip


def test_the_manager_sets_a_printer_up_and_tries_it(
    day: Day, manager: FlaskClient, form: dict[str, str]
) -> None:
    wrong = {
        "address": ("/dev/sda", "Write an address"),
        "paper_mm": ("58", "takes rolls of 50, 54, 62, 102 mm"),
        "name": ("", "Write a name"),
    }
    for field, (value, sentence) in wrong.items():
        answer = manager.post("/office/printers/new", data={**form, field: value})
        assert answer.status_code == 422
        assert sentence in answer.text
    for address in ("192.168.1.50:99999", "http://x/", "/dev/../etc/passwd"):
        answer = manager.post("/office/printers/new", data={**form, "address": address})
        assert answer.status_code == 422, address
    assert (
        manager.post("/office/printers/new", data={**form, "address": "folder"}).status_code == 303
    )
    again = manager.post("/office/printers/new", data=form)
    assert "Another printer has this name already" in again.text
    row = db.session.scalars(select(Printer)).one()
    assert "a folder" in manager.get("/office/printers/").text
    manager.post(f"/office/printers/{row.id}/trial")
    print_all()
    (_bytes, picture) = folder(day)
    with Image.open(picture) as image:
        assert image.width == 696
    assert states() == {PrintState.PRINTED.value: 1}
