"""What is in dishes: everything that shows it follows a change at once, and once a minute."""

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..core.base import guarded
from ..core.clock import clock
from ..core.db import db, write_tx
from ..menu.dish import Dish
from ..menu.voice import can_speak, speak, spoken_file
from ..ordering.content_change import follow_content
from ..practice.exercise import EXERCISES, WELL_DONE
from ..web.language import KITCHEN_LANGUAGES
from ..web.view import settings


def follow(session: Session, cause: str, what: str) -> None:
    """Follow a change of produce, recipe, dish, menu or lots, in its transaction."""
    follow_content(session, cause, what, today=clock.today(), now=clock.now())


def check_content() -> None:
    """What a clock changes has no act to tell of it: a use-by that passed, a day that began."""
    with write_tx() as session:
        follow(session, "time", "")


def speak_names() -> None:
    """Let a program say the names of the dishes that nobody has recorded, where it is installed;
    each name once."""
    if not can_speak():
        return
    silent = select(Dish).where(Dish.voice.is_(None), ~Dish.is_archived)
    for dish in list(db.session.scalars(silent)):
        if dish.spoken == spoken_file(dish.name):
            continue
        name = speak(dish.name, settings().files / "voices")
        if name:
            with write_tx() as session:
                guarded(session, update(Dish).where(Dish.id == dish.id).values(spoken=name))


def speak_exercises() -> None:
    """Let the program say what the exercises ask, in each language of the kitchen; once."""
    if not can_speak():
        return
    sentences = [exercise.sentence for exercise in EXERCISES] + [WELL_DONE]
    for language in KITCHEN_LANGUAGES:
        with force_locale(language):
            for sentence in sentences:
                speak(_(sentence), settings().files / "voices", language)
