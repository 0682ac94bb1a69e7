"""Named places found by what somebody typed: "mairie" for "Mairie d'Oignies"."""

from collections.abc import Sequence

from rapidfuzz.distance import OSA
from sqlalchemy.orm import Session

from ..places.address import Place, active_places
from .words import SMALL, plain, tokens

FEWEST_LETTERS = 3


def named_places(session: Session, typed: str) -> list[Place]:
    """The places in use whose names hold every word typed, in the order of their names.

    A town may stand among the words, but the name must be meant: at least one word is its own. A
    name written out whole is that place alone.
    """
    asked = [word for word in tokens(typed) if word not in SMALL]
    if not asked or asked[0][0].isdigit():
        return []
    found = [place for place in active_places(session) if _is_meant(asked, place)]
    exact = [place for place in found if plain(place.name) == plain(typed)]
    return exact or found


def _is_meant(asked: Sequence[str], place: Place) -> bool:
    name = [word for word in tokens(place.name) if word not in SMALL]
    town = [word for word in tokens(place.town) if word not in SMALL]
    own = 0
    for word in asked:
        if _among(word, name):
            own += word not in town
        elif not _among(word, town):
            return False
    return own > 0


def _among(word: str, words: Sequence[str]) -> bool:
    """Whether a word is one of these, the beginning of one, or has one wrong letter."""
    if len(word) < FEWEST_LETTERS:
        return word in words
    return any(
        other.startswith(word) or (len(word) >= 5 and OSA.distance(word, other) <= 1)
        for other in words
    )
