"""The rider's sheet: what stands on it, and its PDF."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from locomotive.core.clock import clock
from locomotive.core.db import write_tx
from locomotive.core.tasks import MAKE_SHEET
from locomotive.maps.marks import Mark
from locomotive.papers.map import round_map
from locomotive.papers.sheet import sheet_of, sheet_path
from locomotive.papers.turns import Told, fitting, halves, lines
from locomotive.pdf import pdf as paper
from locomotive.pdf.pdf import NoPango, pdf
from locomotive.places.address import Address
from locomotive.places.roads import Network
from locomotive.rounds.release import release
from locomotive.rounds.round import Round, round_of, rounds_of
from locomotive.worker.paper import make_sheet
from routing.streets import GreatCircle
from tests.service_day import Day

SHEET = "/delivery/2026-11-24/rounds/1/sheet"
DEPOT = (50.4697, 2.9936)
LONG_NAME = "Établissement de formation professionnelle numéro {}"


def words(html: str) -> str:
    """The page's words in one line, drawings and tags left out."""
    text = re.sub(r"<svg.*?</svg>|<[^>]*>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", text.replace("&nbsp;", " ").replace("\u00a0", " "))


def pages_of(content: bytes) -> list[str]:
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(content)).pages
    return [page.extract_text().replace("\xa0", " ") for page in pages]


@pytest.fixture
def needs_pango() -> None:
    try:
        pdf("<p>")
    except NoPango:
        pytest.skip("Pango is missing on this machine: no PDF can be made")


def release_round(day: Day) -> Round:
    with write_tx() as session:
        round_ = rounds_of(session, day.service)[0]
        release(session, round_, seen=round_.stamp, now=day.at(10, 30))
    return day.rounds()[0]


def long_round(day: Day, stops: int) -> Round:
    """One round with so many stops, with long names and notes."""
    day.leave_one_tricycle(boxes=500)
    for index in range(stops):
        place = Address(
            f"Établissement de formation professionnelle numéro {index + 1}",
            f"{index + 1} bis rue du Président-Wilson-et-de-la-République",
            "Oignies",
            50.4697 + 0.0004 * index,
            2.9936 + 0.0003 * (index % 3),
            "Porte verte au fond de la deuxième cour, sonner à l’accueil et demander le bureau du "
            "rez-de-chaussée",
        )
        slot = (12, 0) if index < 5 else (12, 15)
        day.order("Marie-Bernadette-Alexandrine", place=place, slot=slot, salad=1)
        day.order("Jean-Christophe", place=place, slot=slot, soup=1)
    (round_,) = day.lay(
        [f"Établissement de formation professionnelle numéro {n + 1}" for n in range(stops)]
    )
    assert len(round_.stops) == stops
    return round_


def test_the_sheet_says_all_that_the_rider_needs(day: Day, rider: FlaskClient) -> None:
    order = day.order("Nadia", to="school", note="Green door", carbonade=2, salad=1)
    day.order("Karim", to="library", slot=(12, 0), soup=1, phone="06 00 00 00 02")
    day.lay(["library", "school"])
    release_round(day)
    page = rider.get(SHEET)
    said = words(page.text)
    for part in (
        "Tuesday 24 November",
        "Leaves at",
        "2 stops",
        "4 boxes",
        "03 53 01 00 62",
        "Sheet of 10:30.",
        "Load the last stop first",
        "Temperature at departure:",
        "Left at:",
        "12:00 – 12:15",
        "École Pantigny",
        "8 rue André Pantigny, Oignies",
        "Green door",
        "Madame Wattrelos 03 21 00 00 09",
        f"{order.number} Nadia · 3 boxes · 06 00 00 00 01",
        "to collect: €33.50",
        "to take back:",
        "delivered",
        "absent",
        "initials",
        "back to the kitchen",
        "to collect: €39.00",
        "Estimated distances",
        "Remarks",
    ):
        assert part in said, part
    assert "DRAFT" not in said
    assert " style=" not in page.text
    assert "min about 12:0" in said


def test_the_last_stop_is_loaded_first_with_hot_and_cold_apart(day: Day) -> None:
    day.order(to="town hall", slot=(12, 0), carbonade=2, salad=1)
    day.order(to="library", slot=(12, 0), soup=1)
    (round_,) = day.lay(["town hall", "library"])
    sheet = sheet_of(round_, depot=DEPOT, network=Network(GreatCircle()))
    assert [row.number for row in sheet.loading] == [2, 1]
    assert [row.stop for row in sheet.loading] == list(reversed(sheet.stops))
    assert (sheet.hot, sheet.cold, sheet.boxes) == (3, 1, 4)
    assert sum(row.hot for row in sheet.loading) == 3


def test_a_round_that_is_not_released_is_a_draft(day: Day, rider: FlaskClient) -> None:
    day.order(to="school")
    day.lay(["school"])
    assert "DRAFT – not released" in words(rider.get(SHEET).text)


def test_a_sheet_names_the_one_that_it_replaces(day: Day, rider: FlaskClient) -> None:
    day.order(to="school")
    day.lay(["school"])
    assert "It replaces" not in rider.get(SHEET).text
    day.lay(["school"])
    assert "It replaces the sheet of 10:00." in words(rider.get(SHEET).text)


def test_a_cancelled_order_is_not_on_its_round_s_sheet(day: Day, rider: FlaskClient) -> None:
    day.order("Nadia", to="school")
    gone = day.order("Louise", to="school")
    day.lay(["school"])
    release_round(day)
    assert "Louise" in rider.get(SHEET).text
    day.cancel(gone)
    said = words(rider.get(SHEET).text)
    assert "Louise" not in said
    assert "Nadia" in said
    assert "to collect: €12.50" in said


def test_a_round_whose_orders_were_all_cancelled_says_so(day: Day, rider: FlaskClient) -> None:
    order = day.order(to="school")
    day.lay(["school"])
    release_round(day)
    day.cancel(order)
    assert "Nothing is left to do on this round" in rider.get(SHEET).text


def test_the_map_is_to_scale_with_north_up() -> None:
    stops = [(50.4787, 2.9936), (50.4697, 3.0077)]
    legs = GreatCircle().route([DEPOT, *stops, DEPOT])
    drawn = round_map(DEPOT, stops, legs, drawing=None)
    kitchen, north, east = drawn.marks
    assert north.y < kitchen.y
    assert abs(north.x - kitchen.x) < 1
    assert east.x > kitchen.x
    # 0.009 degrees of latitude are 1 000.8 m.
    up = kitchen.y - north.y
    metres, units = drawn.frame.scale
    assert up / units * metres == pytest.approx(1000.8, rel=0.01)


def test_an_unknown_round_has_no_sheet(day: Day, rider: FlaskClient) -> None:
    for path in (SHEET, f"{SHEET}.pdf"):
        assert rider.get(path).status_code == 404


def test_the_sheet_is_for_riders_and_the_manager(day: Day) -> None:
    day.order(to="school")
    day.lay(["school"])
    assert day.app.test_client().get(SHEET).status_code == 303
    assert day.signed_in("kitchen").get(SHEET).status_code == 403


def test_the_pdf_is_made_by_the_worker_and_then_sent(
    day: Day, rider: FlaskClient, asked: list[tuple[object, ...]], needs_pango: None
) -> None:
    day.order("Nadia", to="school")
    (round_,) = day.lay(["school"])
    answer = rider.get(f"{SHEET}.pdf", buffered=True)
    assert (answer.status_code, answer.headers["Refresh"]) == (202, "1")
    assert "The PDF is being made." in answer.text
    assert asked == [(MAKE_SHEET, round_.id, "en")]
    make_sheet(round_.id, "en")
    answer = rider.get(f"{SHEET}.pdf", buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "Nadia" in pages_of(answer.data)[0]


def test_a_sheet_that_is_asked_for_often_is_made_once(
    day: Day,
    rider: FlaskClient,
    asked: list[tuple[object, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    day.order("Nadia", to="school")
    (round_,) = day.lay(["school"])
    for _ in range(3):
        assert rider.get(f"{SHEET}.pdf", buffered=True).status_code == 202
    assert asked == [(MAKE_SHEET, round_.id, "en")]
    # A worker that died meanwhile: the page asks again.
    monkeypatch.setattr(clock, "now", lambda: day.at(10, 1))
    rider.get(f"{SHEET}.pdf", buffered=True)
    assert len(asked) == 2
    made: list[str] = []

    def counted(html: str) -> bytes:
        made.append(html)
        return b"%PDF-1.7"

    monkeypatch.setattr("locomotive.worker.paper.pdf", counted)
    for _ in range(3):
        make_sheet(round_.id, "en")
    assert len(made) == 1
    assert rider.get(f"{SHEET}.pdf", buffered=True).status_code == 200
    # Another time of arrival is another sheet.
    with write_tx() as session:
        round_of(session, day.date, 1).stops[0].arrives_at += timedelta(minutes=3)
    make_sheet(round_.id, "en")
    assert len(made) == 2


def test_a_cancelled_order_makes_the_pdf_anew(
    day: Day, rider: FlaskClient, needs_pango: None
) -> None:
    day.order("Nadia", to="school")
    gone = day.order("Louise", to="school")
    (round_,) = day.lay(["school"])
    make_sheet(round_.id, "en")
    day.cancel(gone)
    assert rider.get(f"{SHEET}.pdf", buffered=True).status_code == 202
    make_sheet(round_.id, "en")
    assert "Louise" not in "".join(pages_of(rider.get(f"{SHEET}.pdf", buffered=True).data))


def test_without_pango_the_page_says_to_print_from_the_browser(
    day: Day, rider: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order(to="school")
    (round_,) = day.lay(["school"])

    def no_pango(_html: str) -> bytes:
        raise NoPango("no library called libpango")

    monkeypatch.setattr("locomotive.worker.paper.pdf", no_pango)
    make_sheet(round_.id, "en")
    answer = rider.get(f"{SHEET}.pdf", buffered=True)
    assert answer.status_code == 200
    assert "print it from the browser" in answer.text
    assert "Refresh" not in answer.headers


@pytest.mark.parametrize(("stops", "most"), [(1, 1), (6, 2), (13, 4), (40, 12)])
def test_no_stop_is_cut_by_a_page(day: Day, needs_pango: None, stops: int, most: int) -> None:
    round_ = long_round(day, stops)
    make_sheet(round_.id, "en")
    pages = pages_of(sheet_path(instance_of(day), round_, "en").read_bytes())
    assert len(pages) <= most
    for index, page in enumerate(pages, 1):
        assert f"page {index} / {len(pages)}" in page
    found = [stop for page in pages for stop in stops_on(page)]
    assert [number for number, _ in found] == list(range(1, stops + 1))
    # What is to be collected, 8.50 + 5.50 euros, stands between a stop's number and its initials.
    assert all("to collect: €14.00" in block for _, block in found)
    assert all("initials" in block for _, block in found)


def stops_on(page: str) -> list[tuple[int, str]]:
    """Number and text of each stop that begins on a page, up to the next one or the page's end."""
    text = " ".join(page.split())
    begun = list(re.finditer(r"(\d+) ?↓ ?\d+ min about \d+:\d+", text))
    ends = [match.start() for match in begun[1:]] + [len(text)] * bool(begun)
    return [(int(m[1]), text[m.start() : end]) for m, end in zip(begun, ends, strict=True)]


def instance_of(day: Day) -> Path:
    folder: Path = day.app.extensions["settings"].instance
    return folder


def test_a_stop_that_is_cut_is_seen() -> None:
    pages = [
        "1 ↓ 9 min about 12:00 library",
        "to collect: €14.00 initials 2 ↓ 3 min about 12:09 school",
    ]
    found = [stop for page in pages for stop in stops_on(page)]
    assert [number for number, _ in found] == [1, 2]
    assert not any("initials" in block for _, block in found)


@pytest.mark.parametrize(("stops", "pages"), [(3, 1), (6, 1), (8, 2), (18, 4)])
def test_a_usual_sheet_takes_few_pages(day: Day, needs_pango: None, stops: int, pages: int) -> None:
    day.leave_one_tricycle(boxes=500)
    names = [f"Garage du Centre {number}" for number in range(1, stops + 1)]
    for index, name in enumerate(names):
        note = "Porte verte, sonner accueil" if index % 2 else ""
        point = (50.4697 + 0.002 * (index % 5), 2.9936 + 0.003 * (index % 4))
        place = Address(name, f"{index + 1} rue André Pantigny", "Oignies", *point, note)
        day.order("Nadia", place=place, carbonade=2)
        if not index % 3:
            day.order("Jean-Christophe", place=place, soup=1)
    (round_,) = day.lay(names)
    make_sheet(round_.id, "fr")
    made = pages_of(sheet_path(instance_of(day), round_, "fr").read_bytes())
    assert len(made) <= pages


def test_no_number_covers_another_on_the_map() -> None:
    # Forty doors of one street, twelve metres apart, two of them the same.
    street = [(50.4697, 2.9936 + 0.00017 * at) for at in range(39)]
    stops = [*street, street[0]]
    drawn = round_map(DEPOT, stops, GreatCircle().route([DEPOT, *stops, DEPOT]), drawing=None)
    assert [mark.label for mark in drawn.marks] == ["", *map(str, range(1, 41))]
    assert not [(a, b) for a, b in combinations(drawn.marks, 2) if a.covers(b)]
    assert all(0 < mark.x < drawn.width and 0 < mark.y < drawn.height for mark in drawn.marks)
    # A mark beside its stop has a line to it.
    for mark, stop in zip(drawn.marks[1:], stops, strict=True):
        assert (mark.stop or (mark.x, mark.y)) == drawn.frame.units(stop)


def test_marks_that_touch_are_seen() -> None:
    assert Mark(100, 100, "1").covers(Mark(130, 100, "2"))
    assert not Mark(100, 100, "1").covers(Mark(140, 100, "2"))


def told(count: int, street: str) -> list[Told]:
    return [Told("→", "à droite", f"{street} {at}", "100 m", 100 + at) for at in range(count)]


def test_the_turns_of_a_leg_take_three_lines_at_most() -> None:
    few, many = (told(count, "Rue du Maréchal Foch") for count in (3, 30))
    some = told(6, "Rue du Maréchal Ferdinand Foch")
    assert fitting(few) == tuple(few)
    assert [one.words for one in fitting(some)] == [""] * 6
    kept = fitting(many)
    assert [lines(half) for half in halves(many)] == [15, 15]
    assert [lines(half) for half in halves(kept)] == [3, 3]
    # What is left out is the shortest, it is told, and the last stretch stays.
    assert kept[0].after_others
    assert kept[-1].street == "Rue du Maréchal Foch 29"
    # One alone stays, however long its name; it is set across the fold.
    assert len(fitting(told(4, "RUE " + "W" * 190))) == 1


def test_turns_stand_on_both_sides_of_the_fold_in_their_order_and_none_across_it() -> None:
    assert halves([]) == ()
    for count in range(1, 7):
        turns = told(count, "Rue Foch")
        assert [turn for half in halves(turns) for turn in half] == turns
        assert len(halves(turns)) == min(2, count)


def test_a_sheet_without_any_stop_is_one_page_that_says_so(day: Day, needs_pango: None) -> None:
    day.cancel(day.order(to="school"))
    gone = day.order(to="library")
    (round_,) = day.lay(["library"])
    day.cancel(gone)
    make_sheet(round_.id, "en")
    path = sheet_path(day.app.extensions["settings"].instance, day.rounds()[0], "en")
    [page] = pages_of(path.read_bytes())
    assert "Nothing is left to do on this round" in " ".join(page.split())
    assert "page 1 / 1" in page


def test_the_longest_names_and_emoji_are_whole_on_the_paper(day: Day, needs_pango: None) -> None:
    words = {
        "name": "Anne-Marie 🥕👩\u200d🍳 " + "Z" * 180,
        "place": "Établissement " + "Q" * 180,
        "street": "12 rue " + "W" * 190,
        "note": "🚪 porte " + "K" * 280,
    }
    address = Address(words["place"], words["street"], "Oignies", *DEPOT, words["note"])
    day.order(words["name"], place=address, soup=1)
    (round_,) = day.lay([words["place"]])
    make_sheet(round_.id, "fr")
    path = sheet_path(day.app.extensions["settings"].instance, round_, "fr")
    pages = pages_of(path.read_bytes())
    assert len(pages) <= 2
    text = "".join("".join(pages).split())
    for letter, count in (("Z", 180), ("Q", 360), ("W", 190), ("K", 280)):
        # Each letter of each name is on the paper: nothing was cut (the place stands twice).
        assert text.count(letter) >= count, letter


def test_s15_a_note_cannot_make_the_pdf_fetch_anything(
    day: Day, rider: FlaskClient, monkeypatch: pytest.MonkeyPatch, needs_pango: None
) -> None:
    note = "<img src=file:///etc/passwd><link rel=attachment href=file:///etc/passwd>"
    day.order("<b>Nadia</b>", to="school", note=note)
    (round_,) = day.lay(["school"])
    page = rider.get(SHEET).text
    assert "<img" not in page
    assert "&lt;img src=file:///etc/passwd&gt;" in page
    opened: list[str] = []
    from urllib import request

    monkeypatch.setattr(
        request.FileHandler, "file_open", lambda _self, asked: opened.append(asked.full_url)
    )
    make_sheet(round_.id, "en")
    path = sheet_path(day.app.extensions["settings"].instance, round_, "en")
    assert "<img src=file" in "".join(pages_of(path.read_bytes())).replace("\n", "")
    assert opened == []


def test_s15_even_a_page_that_names_a_file_fetches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, needs_pango: None
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("canary")
    opened: list[str] = []
    from urllib import request

    for handler in (request.FileHandler, request.HTTPHandler):
        name = "file_open" if handler is request.FileHandler else "http_open"
        monkeypatch.setattr(handler, name, lambda _self, asked: opened.append(asked.full_url))
    content = paper.pdf(
        f'<link rel=attachment href="{secret.as_uri()}"><img src="{secret.as_uri()}">'
        '<img src="http://192.0.2.1/x.png"><style>p{background:url(file:///etc/passwd)}</style><p>a'
    )
    assert opened == []
    assert b"canary" not in content
