"""Nothing on paper is cut: the longest names, all allergens and every farm fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PageObject, PdfReader

from locomotive.core.db import write_tx
from locomotive.farm.allergen import ALLERGENS
from locomotive.kitchen.production import production_sheet
from locomotive.menu.dish import Dish
from locomotive.ordering.order import OrderLine
from locomotive.papers import paper_page
from locomotive.papers.label import NAME, ORIGIN, ROOM, Label, LabelLine
from locomotive.pdf.pdf import STATIC, NoPango, has_font, pdf, roll_pdf
from locomotive.printers.picture import NoPdfium, pictures
from locomotive.printers.printer import Medium
from tests.conftest import lacking
from tests.printers.machine import differs
from tests.service_day import Day

MM = 72 / 25.4
LONG_DISH = "Carbonade flamande de bœuf mijotée à la bière brune, pain d’épices et frites " * 3
FARM = "Légumes de la ferme du Bois-Dieu à Libercourt, récoltés lundi 23 novembre · " * 4
FOOT = "La Locomotive"


@pytest.fixture
def printed(day: Day, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], PdfReader]:
    """Print labels whose dishes have a long name, many allergens and a long origin."""
    monkeypatch.setattr(paper_page, "line_origins", lambda _service: lambda _line: FARM)

    def made(form: str) -> PdfReader:
        with write_tx() as session:
            for line in session.query(OrderLine):
                line.dish_name, line.allergens = LONG_DISH[:200], ",".join(ALLERGENS)
        with day.app.test_request_context(headers={"Cookie": "language=fr"}):
            html = paper_page.paper_html(day.service, f"labels-{form}", is_pdf=True)
        try:
            made = roll_pdf(html, width=62, margin=3) if form == "roll" else pdf(html)
            return PdfReader(BytesIO(made))
        except NoPango:
            lacking("Pango")

    return made


def words(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def feet(page: PageObject, foot: str = FOOT) -> list[tuple[float, float]]:
    """Where a text stands, as each label's last line: mm from the left and from the top."""
    found: list[tuple[float, float]] = []

    def visit(text: str, user: list[float], matrix: list[float], *_rest: object) -> None:
        if foot in text:
            x = matrix[4] * user[0] + user[4]
            y = matrix[5] * user[3] + user[5]
            found.append((x / MM, (float(page.mediabox.height) - y) / MM))

    page.extract_text(visitor_text=visit)
    return found


def order_the_longest(day: Day) -> None:
    day.order("Maximilienne-Alexandrine " * 8, carbonade=50, salad=50, soup=50)
    day.order("W" * 200, carbonade=50, to="school")
    day.order("👩🏽‍🍳 Zoé 🥕", soup=1, to="library")


def test_a_label_of_the_roll_is_one_page(day: Day, printed: Callable[[str], PdfReader]) -> None:
    order_the_longest(day)
    reader = printed("roll")
    assert len(reader.pages) == 3
    for page in reader.pages:
        ((_, bottom),) = feet(page)
        assert 3 <= float(page.mediabox.height) / MM - bottom <= 6
        assert float(page.mediabox.width) / MM == pytest.approx(62)


def test_a_label_of_the_roll_is_as_long_as_what_stands_on_it(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bag, one label: the shortest is a third of the longest, and none is half blank."""
    for name, dishes in (
        ("Nadia", {"soup": 1}),
        ("Karim", {"carbonade": 1, "salad": 2, "soup": 3}),
    ):
        day.order(name, **dishes)
    with write_tx() as session:
        for line in session.query(OrderLine).filter(OrderLine.quantity > 1):
            line.allergens = ",".join(ALLERGENS)
    with day.app.test_request_context(headers={"Cookie": "language=fr"}):
        html = paper_page.paper_html(day.service, "labels-roll", is_pdf=True)
    try:
        pages = PdfReader(BytesIO(roll_pdf(html, width=62, margin=3))).pages
    except NoPango:
        lacking("Pango")
    short, long = (float(page.mediabox.height) / MM for page in pages)
    assert short < 50 < long


def test_a_label_says_what_is_to_be_collected_what_may_be_inside_and_what_is_apart(
    day: Day,
) -> None:
    day.order("Nadia", carbonade=2)
    with write_tx() as session:
        line = session.query(OrderLine).one()
        line.may_contain, line.avoids, line.eater = "milk,nuts", "eggs", "Zoé"
    with day.app.test_request_context(headers={"Cookie": "language=fr"}):
        html = paper_page.paper_html(day.service, "labels-a4", is_pdf=True)
    text = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    for said in (
        "à encaisser 25,00 €",
        "peut contenir : lait, fruits à coque",
        "ne doit pas contenir : œufs (Zoé)",
        "Cuit à part",
    ):
        assert said in text.replace("\xa0", " ").replace("\u202f", " ")
    eggs = re.search("<path.*", (STATIC / "drawings/allergen-eggs.svg").read_text(), re.S)
    assert eggs
    assert eggs[0].split(">")[0] in html


def test_a_label_says_how_a_dish_is_kept_and_heated_where_somebody_has_said_it(day: Day) -> None:
    day.order("Nadia", carbonade=2, soup=1)
    said = "Au frais, à manger aujourd’hui, 3 min au micro-ondes"
    with write_tx() as session:
        session.query(Dish).filter_by(name="Carbonade flamande").one().keeping = said
    for form in ("labels-a4", "labels-roll"):
        with day.app.test_request_context(headers={"Cookie": "language=fr"}):
            html = paper_page.paper_html(day.service, form, is_pdf=True)
        text = re.sub(r"<[^>]+>|\s+", " ", html)
        assert html.count(said) == 1
        # It stands with its own dish.
        assert "Carbonade" in text[: text.index(said)].rsplit("×", 1)[1]
    # It takes its lines of a sheet of eight.
    assert LabelLine(1, "Soupe", "soup", (), keeping="n" * (ROOM[0] + 1)).height(ROOM[0]) == 3


# Pairs of names as long as each other: where a font lacks them, both are the same empty boxes.
NAMES = {
    "Chinese": ("674e", "李伟", "王芳"),
    "Arabic": ("0645", "محمد", "سلمى"),
    "emoji": ("1f955", "🥕", "🚲"),
}


@pytest.mark.parametrize("letters", NAMES)
def test_names_in_other_letters_are_no_empty_boxes(letters: str) -> None:
    code, *names = NAMES[letters]
    if not has_font(code):
        lacking(f"a font with {letters}")
    one, other = (drawn_name(name)[0] for name in names)
    assert differs(one, other)
    # The control: no font has these two, so that they look the same.
    assert not differs(drawn_name("\U000f8f0a")[0], drawn_name("\U000f8f0b")[0])


def drawn_name(name: str) -> list[Image.Image]:
    html = f'<html lang="fr"><body class="labels-roll"><main class="label-sheet roll"><b>{name}</b>'
    try:
        return pictures(roll_pdf(html, width=62, margin=3), Medium(620, 10))
    except (NoPango, NoPdfium) as missing:
        lacking(type(missing).__name__)


def test_a_label_of_a_sheet_ends_inside_its_eighth(
    day: Day, printed: Callable[[str], PdfReader]
) -> None:
    order_the_longest(day)
    (page,) = printed("a4").pages
    found = feet(page)
    assert len(found) == 5
    for number, (_, bottom) in enumerate(sorted(found, key=lambda f: (f[1] // 67.7, f[0]))):
        top = 13 + 67.7 * (number // 2)
        assert top < bottom <= top + 67.7 - 2


@pytest.mark.parametrize("form", ["roll", "a4"])
def test_all_allergens_are_on_the_label_and_a_long_name_is_shortened(
    day: Day, printed: Callable[[str], PdfReader], form: str
) -> None:
    order_the_longest(day)
    text, number = words(printed(form)), {"roll": 3, "a4": 5}[form]
    for allergen in ("gluten", "crustacés", "fruits à coque", "mollusques"):
        assert text.count(allergen) == 5  # one for each dish
    assert re.search(r"W{10}(?:W| )*…", text)
    assert len(re.findall("W", text)) == NAME - 1
    assert text.count(FOOT) == number
    assert "Zoé" in text
    assert bool(re.search("[\U0001f300-\U0001faff]", text)) == has_font("1f955")


def test_as_many_dishes_as_fit_by_the_rule_stay_inside_the_label(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fullest label of a sheet that is set in usual type."""
    letters, lines = ROOM
    full = [LabelLine(50, "n" * (letters - 6), "stew", ()) for _ in range(lines)]
    order = day.order("Nadia")
    (departure,) = production_sheet([order]).departures
    label = Label(order, departure, tuple(full), 1, 1, FARM[:ORIGIN])
    monkeypatch.setattr(paper_page, "labels", lambda *_a, **_kw: [label])
    with day.app.test_request_context():
        html = paper_page.paper_html(day.service, "labels-a4", is_pdf=True)
    try:
        reader = PdfReader(BytesIO(pdf(html)))
    except NoPango:
        lacking("Pango")
    ((_, bottom),) = feet(reader.pages[0])
    assert bottom <= 13 + 67.7 - 2


def test_three_short_dishes_with_their_farms_share_a_label(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order("Nadia", carbonade=1, salad=1, soup=1)
    monkeypatch.setattr(paper_page, "line_origins", lambda _s: lambda _line: "Ferme Dupré, 23 nov.")
    with day.app.test_request_context(headers={"Cookie": "language=fr"}):
        html = paper_page.paper_html(day.service, "labels-a4", is_pdf=True)
    try:
        reader = PdfReader(BytesIO(pdf(html)))
    except NoPango:
        lacking("Pango")
    ((_, bottom),) = feet(reader.pages[0])
    assert bottom <= 13 + 67.7 - 2


def test_the_number_beside_an_endless_dish_name_stays_on_the_production_sheet(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order("Nadia", carbonade=47)
    with write_tx() as session:
        session.query(OrderLine).one().dish_name = "W" * 150
    with day.app.test_request_context():
        html = paper_page.paper_html(day.service, "production", is_pdf=True)
    try:
        reader = PdfReader(BytesIO(pdf(html)))
    except NoPango:
        lacking("Pango")
    found = [x for page in reader.pages for x, _ in feet(page, "47")]
    assert len(found) >= 4
    assert max(found) < 200


def test_the_control_a_label_that_is_too_full_leaves_its_eighth(
    day: Day, printed: Callable[[str], PdfReader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locomotive.papers.label.ROOM", (30, 99))
    day.order("Nadia", carbonade=50, salad=50, soup=50)
    ((_, bottom),) = feet(printed("a4").pages[0])
    assert bottom > 13 + 67.7 - 2
