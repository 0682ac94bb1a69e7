"""The kitchen's few words in its languages: whole, with what they carry, in the kitchen only."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from flask_babel import gettext

from locomotive.farm.allergen import ALLERGENS
from locomotive.kitchen.share import ShareChanged
from locomotive.ordering.step import OrderBlocked, StepImpossible, WishUndecided
from locomotive.practice.exercise import EXERCISES
from locomotive.practice.network_cut import NetworkCut
from locomotive.printers.printer import CONDITIONS
from locomotive.web.language import CATALOGUE, KITCHEN_LANGUAGES, LANGUAGES
from tests.service_day import Day

TEMPLATES = CATALOGUE.parent / "templates"
# Rare pages of the kitchen, with a PIN or in the office's words: they stay French.
FRENCH = {"_pin.html", "cancel.html", "portions.html"}
FURTHER = sorted(KITCHEN_LANGUAGES.keys() - set(LANGUAGES))
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{n\}")


def said_by(html: str) -> set[str]:
    """The sentences of a template that are in the catalogue."""
    found = extract("jinja2", BytesIO(html.encode()))
    return {message for _, message, _, _ in found if isinstance(message, str)}


@cache
def kitchen_words() -> set[str]:
    """Whatever a screen of the kitchen, its practice and its booklet say."""
    folders = (TEMPLATES / "kitchen", TEMPLATES / "practice")
    pages = [p for folder in folders for p in folder.glob("*.html") if p.name not in FRENCH]
    components = (TEMPLATES / "components.html").read_text()
    board = components[components.index("macro freshness") : components.index("macro ticket_act")]
    refusals = (StepImpossible, OrderBlocked, WishUndecided, ShareChanged, NetworkCut)
    return (
        set().union(*(said_by(page.read_text()) for page in pages), said_by(board))
        | {exercise.sentence for exercise in EXERCISES}
        | {refusal.message for refusal in refusals}
        | {*ALLERGENS.values(), *CONDITIONS.values()}
    )


@cache
def catalogue(code: str) -> dict[str, Message]:
    with (CATALOGUE / code / "LC_MESSAGES/messages.po").open("rb") as file:
        return {m.id: m for m in read_po(file, locale=code) if isinstance(m.id, str) and m.id}


def lacking(code: str, words: set[str]) -> set[str]:
    here = catalogue(code)
    return {word for word in words if word not in here or not here[word].string}


@pytest.mark.parametrize("code", FURTHER)
def test_each_word_of_the_kitchen_stands_in_each_of_its_languages(code: str) -> None:
    assert len(kitchen_words()) > 100
    assert lacking(code, kitchen_words()) == set()


def test_the_control_a_word_that_nobody_translated_is_named() -> None:
    assert lacking("uk", {"Cook", "Peel"}) == {"Peel"}


@pytest.mark.parametrize("code", FURTHER)
def test_each_carries_the_same_numbers_and_names(code: str) -> None:
    for message in catalogue(code).values():
        said = sorted(PLACEHOLDER.findall(message.string))
        assert said == sorted(PLACEHOLDER.findall(message.id)), message.id


@pytest.mark.parametrize(
    ("code", "cook"), [("ar", "الطبخ"), ("uk", "Готування"), ("pl", "Gotowanie")]
)
def test_a_screen_speaks_the_language_that_was_chosen_on_it(day: Day, code: str, cook: str) -> None:
    screen = day.signed_in("kitchen")
    answer = screen.get(f"/language/{code}?next=/kitchen/")
    assert answer.headers["Location"] == "/kitchen/"
    page = screen.get("/kitchen/").text
    assert cook in page
    assert f'<html lang="{code}"{" dir=" if code == "ar" else ">"}' in page
    assert screen.get("/language/xx").status_code == 404


def test_other_pages_stay_french(day: Day) -> None:
    screen = day.signed_in("kitchen", language="uk")
    for page in ("/kitchen/hygiene/readings", "/"):
        assert '<html lang="fr">' in screen.get(page).text, page


def test_what_a_language_lacks_is_said_in_french(day: Day) -> None:
    with day.app.test_request_context("/kitchen/", headers={"Cookie": "language=uk"}):
        assert (gettext("Cook"), gettext("Basket")) == ("Готування", "Panier")


def test_each_language_is_chosen_by_its_letter_and_its_own_name(day: Day) -> None:
    for page in ("/kitchen/", "/kitchen/practice/"):
        text = day.signed_in("kitchen").get(page).text
        for code, name in KITCHEN_LANGUAGES.items():
            choice = text[text.index(f'formaction="/language/{code}"') :]
            assert name in choice[: choice.index("</button>")], (page, code)
