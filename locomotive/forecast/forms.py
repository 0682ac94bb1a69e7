"""The form of a season: one choice for each month."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField
from wtforms.validators import InputRequired

from ..farm.forms import named
from ..web.fields import Form
from ..web.language import month
from .season import LEVELS, MONTHS


class SeasonForm(Form):
    """How much a supplier has of one produce, month by month."""

    def months(self) -> list[tuple[int, Any]]:
        """The months with their fields."""
        return [(number, self[f"month-{number}"]) for number in MONTHS]

    def levels(self) -> dict[int, str]:
        """Month → level, as typed."""
        return {number: field.data for number, field in self.months()}


def season_form(levels: Mapping[int, str], *, is_sent: bool = False) -> SeasonForm:
    """The form of one produce: what was sent, else what is known of it."""
    fields = {
        f"month-{number}": RadioField(
            month(number),
            [InputRequired(_("Choose none, some or plenty."))],
            choices=named({code: gettext(word) for code, word in LEVELS.items()}),
            default=levels[number],
        )
        for number in MONTHS
    }
    form: SeasonForm = type("_SeasonForm", (SeasonForm,), fields)(
        **({} if is_sent else {"formdata": None})
    )
    return form
