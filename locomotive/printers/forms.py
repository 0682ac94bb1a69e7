"""The form of a printer."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from ..menu.dish import STATIONS
from ..web.fields import Form, SelectChoice, clean
from .printer import PRINTS, TONGUES, WIDTHS, Printer, Tongue

ROLLS = sorted({width for widths in WIDTHS.values() for width in widths})


class PrinterForm(Form):
    """A printer: what it is, where it is, what it prints and when."""

    name = StringField(
        _("Name"),
        [
            DataRequired(_("Write a name, such as: pass.")),
            Length(max=200, message=_("Shorten the name: 200 letters at most.")),
        ],
        filters=[clean],
    )
    tongue = SelectField(
        _("Kind"),
        choices=[SelectChoice(code.value, _(words)) for code, words in TONGUES.items()],
        default=Tongue.ESCPOS.value,
    )
    address = StringField(
        _("Address"),
        [
            DataRequired(_("Write where the printer is, such as: 192.168.1.50.")),
            Length(max=200, message=_("Shorten this: 200 letters at most.")),
        ],
        filters=[clean],
    )
    paper_mm = SelectField(
        _("Width of the roll in mm"),
        coerce=int,
        choices=[SelectChoice(width, str(width)) for width in ROLLS],
        default=80,
    )
    prints = SelectField(
        _("Prints"), choices=[SelectChoice(code, _(words)) for code, words in PRINTS.items()]
    )
    station = SelectField(
        _("Dishes of"),
        choices=[
            SelectChoice("", _("all stations")),
            *(SelectChoice(code, _(words)) for code, words in STATIONS.items()),
        ],
    )
    is_automatic = BooleanField(_("Prints by itself"), default=True)
    is_active = BooleanField(_("In use"), default=True)

    def fill(self, printer: Printer) -> None:
        """Write what was chosen onto the printer."""
        for field in self:
            if hasattr(Printer, field.name):
                setattr(printer, field.name, field.data)
