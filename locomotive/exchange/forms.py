"""The form of a supplier's file."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired

from ..farm.forms import SHORT, choices_of
from ..farm.supplier import Supplier
from ..web.fields import DayField, Form, clean


class IntakeForm(Form):
    """A supplier's file: a price list or a delivery note; `kept` names it once it was seen."""

    supplier_id = SelectField(_("Supplier"), coerce=int)
    kind = RadioField(_("What it is"), [InputRequired(_("Choose what the file holds."))])
    number = StringField(
        _("Number of the note"),
        [SHORT],
        filters=[clean],
    )
    day = DayField(_("Delivered on"))
    file = FileField(_("File"))
    kept = HiddenField()

    def __init__(self, suppliers: Sequence[Supplier], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supplier_id.choices = choices_of((s.id, s.name) for s in suppliers)
        self.kind.choices = choices_of(
            [("prices", gettext("price list")), ("note", gettext("delivery note"))]
        )
