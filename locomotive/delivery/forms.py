"""Forms of the rounds."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange

from .move import Move

LARGEST = 2_147_483_647
_whole = [
    InputRequired(_("Write a whole number.")),
    NumberRange(1, LARGEST, _("Write a whole number from 1 on.")),
]


class MoveForm(FlaskForm):
    """A stop to another round or position."""

    stop = IntegerField(_("Stop"), _whole)
    to_round = IntegerField(_("To round"), _whole)
    position = IntegerField(_("Position"), _whole)
    seen = StringField()

    def move(self) -> Move:
        """What is asked."""
        return Move(
            stop_id=int(self.stop.data or 0),
            to_round=int(self.to_round.data or 0),
            position=int(self.position.data or 0),
            seen=self.seen.data or "",
        )
