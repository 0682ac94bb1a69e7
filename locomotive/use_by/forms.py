"""Forms of secondary use-by dates."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import Length, Optional

from ..farm.forms import AmountField
from ..web.fields import Form, WholeField, clean
from .opened import MOST_GRAMS
from .rule import MOST_DAYS, RULES


class OpenForm(Form):
    """Something is opened or prepared."""

    kind = StringField(_("What kind of food?"))
    what = StringField(
        _("What is it?"),
        [Length(max=60, message=_("Shorten this: 60 letters at most."))],
        filters=[clean],
    )


class EndForm(Form):
    """How it ended."""

    ending = StringField(_("How did it end?"))
    kilos = AmountField(_("Kilos thrown away"), most=MOST_GRAMS, validators=[Optional()])


class DaysForm(Form):
    """The days of each kind."""

    def days(self) -> dict[str, int]:
        """Kind → days."""
        return {kind: self[kind].data for kind in RULES}


def days_form(days: dict[str, int]) -> DaysForm:
    """The form of all kinds with their days in force."""
    fields = {
        kind: WholeField(gettext(rule.words), most=MOST_DAYS, default=days[kind])
        for kind, rule in RULES.items()
    }
    form: DaysForm = type("_DaysForm", (DaysForm,), fields)()
    return form
