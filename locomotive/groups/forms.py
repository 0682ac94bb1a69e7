"""What is typed for a group: by who organises it, and by a colleague who joins."""

from flask_babel import lazy_gettext as _
from wtforms import StringField, TelField
from wtforms.validators import InputRequired, Length, ValidationError

from ..ordering.group import MOST_BOXES, Group
from ..shop.forms import CheckoutForm, national_number
from ..web.fields import WallField, WholeField, clean


class GroupForm(CheckoutForm):
    """Who organises for which place and slot, how many boxes are reserved, until when."""

    name = StringField(
        _("Name of the group"),
        [
            InputRequired(_("Give the group a name that your colleagues know.")),
            Length(max=60, message=_("Write at most %(max)d letters.")),
        ],
        filters=[clean],
    )
    boxes = WholeField(_("How many meals"), least=2, most=MOST_BOXES)
    deadline = WallField(_("Your colleagues choose until"))

    def validate_name(self, field: StringField) -> None:
        if not any(c.isalnum() for c in field.data or ""):
            raise ValidationError(_("Give the group a name that your colleagues know."))


class ColleagueForm(CheckoutForm):
    """Who joins: the place and the slot are the group's, and so is whom the rider calls."""

    def take_stop(self, group: Group) -> None:
        """Let the order go where the group's goes."""
        self.kind.data, self.slot.data = "delivery", str(group.slot_id)

    def validate_phone(self, field: TelField) -> None:
        if field.data:
            field.data = national_number(field.data)
