"""The words about where meat and produce come from."""

from flask_babel import gettext as _

from ..farm.lot import COUNTRIES
from ..farm.produce import SPECIES
from ..web.language import short_day
from .origin import MeatOrigin, Origin


def meat_words(meat: MeatOrigin) -> str:
    """The countries of a meat, worded as decree 2002-1465 (changed by 2025-141) wants them."""
    countries = [str(_(COUNTRIES[c])) if c in COUNTRIES else c for c in _countries(meat)]
    values = {
        "species": _(SPECIES.get(meat.species, meat.species)),
        "country": countries[-2],
        "born": countries[0],
        "slaughtered": countries[-1],
    }
    if len(set(countries)) == 1:
        words = _("%(species)s: origin: %(country)s", **values)
    elif meat.species == "beef" and countries[0] == countries[1]:
        words = _(
            "%(species)s: born and reared: %(country)s, slaughtered: %(slaughtered)s", **values
        )
    elif meat.species == "beef":
        words = _(
            "%(species)s: born: %(born)s, reared: %(country)s, slaughtered: %(slaughtered)s",
            **values,
        )
    else:
        words = _("%(species)s: reared: %(country)s, slaughtered: %(slaughtered)s", **values)
    return str(words)


def _countries(meat: MeatOrigin) -> list[str]:
    countries = [meat.born_in, meat.reared_in, meat.slaughtered_in]
    return countries if meat.species == "beef" else countries[1:]


def claim_words(origin: Origin) -> str:
    """Where produce comes from, as it stands on the dish and the label."""
    words = f"{_('%(kind)s:', kind=', '.join(origin.produce))} {origin.farm}"
    if origin.kilometres is not None:
        words += _(", %(distance)s km", distance=origin.kilometres)
    first, last = origin.first_harvest, origin.last_harvest
    if first and first == last:
        words += _(", harvested %(day)s", day=short_day(first))
    elif first and last:
        words += _(
            ", harvested from %(first)s to %(last)s", first=short_day(first), last=short_day(last)
        )
    return words
