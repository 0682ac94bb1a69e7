"""A dish's name that nobody recorded is said by a program, once, where it is installed."""

from __future__ import annotations

import os
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.menu.menu import pictures_of
from locomotive.menu.voice import can_speak, speak
from locomotive.practice.exercise import EXERCISES
from locomotive.web.language import KITCHEN_LANGUAGES
from locomotive.worker.content import speak_exercises, speak_names
from tests.conftest import lacking
from tests.service_day import Day, leave, new_day

PROGRAM = """#!/bin/sh
text=$(cat)
while [ "$1" != "-w" ]; do shift; done
printf 'RIFF%s' "$text" > "$2"
echo "$text" >> "$(dirname "$0")/said"
[ "$text" != "Soupe de potimarron" ]
"""


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    day = new_day(tmp_path)
    with day.app.app_context():
        yield day
        leave(day.app)


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that says what it hears into a file, and fails at soup; return what it said."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "espeak-ng").write_text(PROGRAM)
    (folder / "espeak-ng").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder / "said"


def voices(day: Day) -> dict[str, str | None]:
    db.session.rollback()
    return {picture.name: picture.voice for picture in pictures_of(db.session(), day.date).values()}


def test_each_name_is_said_once_and_what_fails_stays_silent(day: Day, said: Path) -> None:
    speak_names()
    names = voices(day)
    assert names["Soupe de potimarron"] is None
    file = names["Carbonade flamande"]
    assert file
    with day.signed_in("kitchen").get(f"/voices/{file}") as answer:
        assert answer.data == b"RIFFCarbonade flamande"
    day.order("Nadia")
    cook = day.signed_in("kitchen").get("/kitchen/cook?date=2026-11-24").text
    assert f'data-voice="/voices/{file}"' in cook
    speak_names()
    assert said.read_text().splitlines().count("Carbonade flamande") == 1


def test_a_renamed_dish_is_silent_until_its_new_name_is_said(day: Day, said: Path) -> None:
    speak_names()
    with write_tx() as session:
        dish = session.query(Dish).filter_by(name="Carbonade flamande").one()
        dish.name = "Carbonade du Nord"
    assert voices(day)["Carbonade du Nord"] is None
    speak_names()
    assert voices(day)["Carbonade du Nord"]


def test_the_team_s_recording_comes_first(day: Day, said: Path) -> None:
    with write_tx() as session:
        for dish in session.query(Dish):
            dish.voice = "a" * 32 + ".ogg"
    speak_names()
    assert set(voices(day).values()) == {"a" * 32 + ".ogg"}
    assert not said.exists()


def test_without_the_program_nothing_is_said(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    speak_names()
    assert set(voices(day).values()) == {None}


def test_an_exercise_is_said_by_the_worker_and_played_by_its_page(day: Day, said: Path) -> None:
    kitchen = day.signed_in("kitchen")
    page = kitchen.post("/kitchen/practice/", data={"exercise": "next"}, follow_redirects=True)
    assert "data-voice=" not in page.text.split('class="exercise')[1].split("</div>")[0]
    speak_exercises()
    assert len(said.read_text().splitlines()) == len(KITCHEN_LANGUAGES) * (len(EXERCISES) + 1)
    page = kitchen.get("/kitchen/practice/pack")
    assert 'data-voice="/voices/' in page.text.split('class="exercise')[1].split("</div>")[0]


def test_the_real_program_makes_a_sound(tmp_path: Path) -> None:
    if not can_speak():
        lacking("espeak-ng")
    name = speak("Carbonade flamande", tmp_path)
    assert name
    with wave.open(str(tmp_path / name)) as sound:
        assert sound.getnframes() > sound.getframerate() / 2
