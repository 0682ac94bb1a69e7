"""The values that an act changed, as the pages of the house write them."""

import re
from datetime import date, datetime

from flask_babel import gettext as _

from ..core.clock import day_of
from ..web.language import euros, moment, percent, short_day


def value_words(column: str, value: object) -> str:
    """A value of a line: sums in euros, days and instants as pages write them, yes and no."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, int) and column.endswith("_cents"):
        return euros(value)
    if isinstance(value, int) and column == "vat_bp":
        return percent(value)
    return _dated(value) if isinstance(value, str) else str(value)


def _dated(text: str) -> str:
    """A text; a day or an instant in words."""
    day = day_of(text)
    if day:
        return short_day(day)
    if not re.match(r"\d{4}-\d\d-\d\dT", text):
        return text
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment(at) if at.tzinfo else text


def day_of_act(place: str) -> date | None:
    """The day of the lunch that the address of an act names."""
    found = re.search(r"/(\d{4}-\d\d-\d\d)(/|$)", place)
    return day_of(found[1]) if found else None
