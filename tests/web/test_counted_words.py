"""What is counted is said in the singular and the plural, in each language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

import locomotive

CATALOGUE = Path(locomotive.__file__).parent / "translations/fr/LC_MESSAGES/messages.po"
INVARIABLE = "fois|dans|sans|plus|sous|pas|mais|vers|depuis|vous|nous|moins|très|puis|dès|après|min"
# A value, at most one word between, and then a word that looks like a plural.
COUNTED = re.compile(
    rf"%\((\w+)\)s(?: (?!(?:{INVARIABLE})\b)[\w’]+)? (?!(?:{INVARIABLE})\b)[\w’]+[sx]\b"
)
# Values that are no number, and words that look like a plural and are none.
NO_NUMBER = {"dish", "day", "name", "address", "share"}
# What is never one: limits of the house, and streets and addresses of a whole town.
NEVER_ONE = (
    "%(boxes)s / %(capacity)s boxes",
    "%(kept)s of %(judged)s kept",
    "%(kept)s days in %(days)s",
    "%(kept)s kg kept, %(refused)s kg refused",
    "Needs of the next %(days)s days",
    "Planned at %(time)s in %(seconds)s s",
    "so far: %(served)s of %(stops)s stops",
    "Scan this code with",
    "The file has more than %(lines)s lines",
    "This password is too short",
    "This photo is too big",
    "Backups",
    "A slot lasts between",
    "%(kilos)s kg of peelings",
    "This line has %(cells)s cells",
    "%(files)s: %(now)s addresses where",
    "%(streets)s stretches of street",
    "%(now)s stretches of street where",
    "Streets in force:",
    "Closed to the tricycle:",
    "The worker does it by itself every %(days)s days",
    "This order tells %(number)s devices already",
    "At most %(asks)s questions",
    "At most %(crates)s crates",
    "Choose a day from today to %(days)s days ahead",
    "“from” and “to” are addresses",
)


def miscounted(words: Iterator[tuple[str, str]]) -> list[str]:
    """Sentences that have one form only and count something in it."""
    found = []
    for english, french in words:
        for hit in COUNTED.finditer(french):
            if hit[1] not in NO_NUMBER and not english.startswith(NEVER_ONE):
                found.append(f"{hit[0]} | {english}")
    return found


def sentences() -> Iterator[tuple[str, str]]:
    with CATALOGUE.open("rb") as file:
        for message in read_po(file, "fr"):
            if isinstance(message.id, str) and isinstance(message.string, str):
                yield message.id, " ".join(message.string.split())


def test_a_sentence_that_counts_has_a_form_for_one_and_a_form_for_many() -> None:
    assert miscounted(sentences()) == []
    # The control: one form for any number.
    assert miscounted(iter([("%(n)s crates wait", "%(n)s cageots attendent")]))
    assert not miscounted(iter([("Crates: %(n)s", "Cageots : %(n)s")]))
