"""Forms of the kitchen's rare acts, each with the screen's PIN."""

import re

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import AnyOf, InputRequired

from ..web.fields import Form, TypedField

REASONS = ("customer", "mistake", "kitchen")
MOST_PORTIONS = 50
WRONG_NUMBER = _("Write a number between -50 and 50, not 0.")


class DifferenceField(TypedField):
    """So many portions more, or fewer: -50 to 50, not 0."""

    def read(self, text: str) -> int:
        number = int(text) if re.fullmatch(r"\s*[+-]?[0-9]{1,9}\s*", text) else 0
        if number == 0 or abs(number) > MOST_PORTIONS:
            raise ValueError(WRONG_NUMBER)
        return number


class RareForm(Form):
    """A rare act; `refusal` is the one sentence that its page shows."""

    pin = StringField()

    @property
    def refusal(self) -> str:
        return next((str(sentences[0]) for sentences in self.errors.values()), "")


class CancelForm(RareForm):
    """An order is cancelled; `seen` is the status that was shown."""

    reason = StringField(validators=[AnyOf(REASONS, _("Say why the order is cancelled."))])
    seen = StringField()


class PortionsForm(RareForm):
    """Portions on sale are more, or fewer."""

    portion_id = StringField()
    delta = DifferenceField("", validators=[InputRequired(WRONG_NUMBER)])
