"""Forms of the coming weeks: a season with one choice for each month, a week template."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from ..core.clock import day_of
from ..farm.forms import choices_of, named
from ..web.fields import Form, clean
from ..web.language import month, short_day
from .season import LEVELS, MONTHS
from .week_template import LONGEST_NAME


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


class WeekForm(Form):
    """The week that is kept, and its name; see `week_form`."""

    week = SelectField(_("Week of"), coerce=lambda text: day_of(str(text)))
    name = StringField(
        _("Name"),
        [
            DataRequired(_("Write the name of the week, such as: autumn, first week.")),
            Length(max=LONGEST_NAME, message=_("Shorten the name: 60 letters at most.")),
        ],
        filters=[clean],
    )


def week_form(mondays: Iterable[date]) -> WeekForm:
    """The form of a new week template, made from one of some weeks; the latest comes first."""
    form = WeekForm()
    latest_first = sorted(mondays, reverse=True)
    form.week.choices = choices_of([(monday, short_day(monday)) for monday in latest_first])
    return form
