"""What is typed at the desk: why an order is cancelled, what its customer is told."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import AnyOf, Length, ValidationError

from ..core.status import IN_HOUSE
from ..kitchen.forms import REASONS
from ..web.fields import Form, SelectChoice

LONGEST = 1000  # letters of a message


class CancelForm(Form):
    """An order is cancelled for a caller; `seen` is the status that was shown."""

    reason = RadioField(
        _("Why?"),
        [AnyOf(REASONS, _("Say why the order is cancelled."))],
        choices=[
            SelectChoice("customer", _("The customer asked")),
            SelectChoice("mistake", _("A mistake")),
            SelectChoice("kitchen", _("We cannot cook it")),
        ],
        validate_choice=False,
    )
    seen = HiddenField(validators=[AnyOf([status.value for status in IN_HOUSE])])


class MessageForm(Form):
    """What one customer, or all of a slot, are told by mail."""

    text = TextAreaField(
        _("Your message"),
        [Length(max=LONGEST, message=_("Write at most %(max)d letters."))],
    )

    def validate_text(self, field: TextAreaField) -> None:
        if not any(c.isalnum() for c in field.data or ""):
            raise ValidationError(_("Write what the customer shall read."))
