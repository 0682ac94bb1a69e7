"""Forms of the rounds."""

from collections.abc import Sequence
from datetime import time

from flask_babel import lazy_gettext as _
from wtforms import SelectField
from wtforms.validators import InputRequired, Optional

from ..farm.supplier import Supplier
from ..places.forms import access_note_field
from ..rounds.collection import MOST_CRATES, MOST_KILOS
from ..web.fields import DegreesField, Form, WallField, WholeField


class CollectionForm(Form):
    """Crates to fetch on the way."""

    supplier = SelectField(_("At"), coerce=int)
    crates = WholeField(_("Crates"), least=1, most=MOST_CRATES)
    empty_crates = WholeField(_("Empty crates to give back"), most=MOST_CRATES, blank=0)
    peelings_kg = WholeField(_("Peelings to give back, kg"), most=MOST_KILOS, blank=0)
    starts_at = WallField(_("Ready from"), [InputRequired(_("Write a time such as 11:30."))])
    ends_at = WallField(_("Until"), [InputRequired(_("Write a time such as 11:30."))])
    latitude = DegreesField(
        _("Latitude"), most=90, such_as=50.4697, validators=[Optional()], id="latitude"
    )
    longitude = DegreesField(
        _("Longitude"), most=180, such_as=2.9936, validators=[Optional()], id="longitude"
    )
    note = access_note_field()

    def offer(self, suppliers: Sequence[Supplier]) -> None:
        """Offer these suppliers."""
        self.supplier.choices = [(one.id, one.name) for one in suppliers]

    @property
    def window(self) -> tuple[time, time]:
        """From when to when, by the restaurant's clock."""
        return self.starts_at.data, self.ends_at.data

    @property
    def point(self) -> tuple[float, float] | None:
        """The position, if one was written."""
        if self.latitude.data is None or self.longitude.data is None:
            return None
        return self.latitude.data, self.longitude.data
