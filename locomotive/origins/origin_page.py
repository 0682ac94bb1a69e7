"""The words about where meat and produce come from."""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Protocol

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ..choices.choice import Choice
from ..core.clock import clock
from ..farm.lot import COUNTRIES
from ..farm.produce import BOVINE, SPECIES
from ..menu.dish import Dish
from ..menu.menu import Portion
from ..web.language import first_up, short_day
from .facts import dish_facts
from .origin import MeatOrigin, Origin, Plate, Told

NAMED = {species for species in SPECIES if species != "other"}


class ChosenLine(Protocol):
    """A dish with the options that were chosen."""

    @property
    def key(self) -> str: ...
    @property
    def portion(self) -> Portion: ...
    @property
    def choice(self) -> Choice: ...


def meat_words(meat: MeatOrigin) -> str:
    """The countries of a meat, worded as decree 2002-1465 (changed by 2025-141) wants them."""
    countries = [str(_(COUNTRIES[c])) if c in COUNTRIES else c for c in _countries(meat)]
    values = {
        "species": first_up(_(SPECIES[meat.species]) if meat.species in NAMED else _("Meat")),
        "country": countries[-2],
        "born": countries[0],
        "slaughtered": countries[-1],
    }
    if len(set(countries)) == 1:
        words = _("%(species)s: origin: %(country)s", **values)
    elif meat.species in BOVINE and countries[0] == countries[1]:
        words = _(
            "%(species)s: born and reared: %(country)s, slaughtered: %(slaughtered)s", **values
        )
    elif meat.species in BOVINE:
        words = _(
            "%(species)s: born: %(born)s, reared: %(country)s, slaughtered: %(slaughtered)s",
            **values,
        )
    else:
        words = _("%(species)s: reared: %(country)s, slaughtered: %(slaughtered)s", **values)
    return str(words)


def _countries(meat: MeatOrigin) -> list[str]:
    countries = [meat.born_in, meat.reared_in, meat.slaughtered_in]
    return countries if meat.species in BOVINE else countries[1:]


def claim_words(origin: Origin) -> str:
    """Where produce comes from, as it stands on the dish and the label."""
    first, *others = origin.produce
    names = ", ".join([first, *(name[:1].lower() + name[1:] for name in others)])
    words = f"{_('%(kind)s:', kind=names)} {origin.farm}"
    if origin.kilometres is not None:
        words += _(", %(distance)s km", distance=origin.kilometres)
    start, end = origin.first_harvest, origin.last_harvest
    if start and start == end:
        words += _(", harvested %(day)s", day=short_day(start))
    elif start and end:
        words += _(
            ", harvested from %(first)s to %(last)s", first=short_day(start), last=short_day(end)
        )
    return words


def origin_sentences(dish: Dish, plate: Plate | None) -> tuple[str, ...]:
    """The sentences about the origin of a dish's meat and produce.

    Where the lots do not tell the meat's countries, what the manager wrote stands.
    """
    meats = [] if plate is None else [meat_words(meat) for meat in plate.meats]
    if dish.meat_origin and (plate is None or plate.lacks_meat_origin):
        meats = [dish.meat_origin]
    claims = [] if plate is None else [claim_words(origin) for origin in plate.origins]
    return (*meats, *claims)


def origins_told(session: Session, day: date, lines: Iterable[ChosenLine]) -> dict[str, Told]:
    """Line → what is said of the origin of its dish and options, in the language in use."""
    facts = dish_facts(session, day, today=clock.today())
    told = {}
    for line in lines:
        dish = line.portion.dish
        plate = facts[dish.id].plate if dish.id in facts else None
        meats = [(option.name, option.meat_origin) for option in line.choice.options]
        told[line.key] = _told(dish, plate, [meat for meat in meats if meat[1]])
    return told


def _told(dish: Dish, plate: Plate | None, meats: list[tuple[str, str]]) -> Told:
    added = [
        _("%(option)s, origin of the meat: %(origin)s", option=name, origin=origin)
        for name, origin in meats
    ]
    said = (dish.meat_origin, plate and (plate.meats, plate.lacks_meat_origin, plate.origins))
    mark = repr((*said, meats) if meats else said)
    return Told(
        " · ".join([*origin_sentences(dish, plate), *added]),
        hashlib.sha256(mark.encode()).hexdigest()[:12],
    )
