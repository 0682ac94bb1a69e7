"""The form of a named place."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField, TelField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length, Optional, Regexp

from ..fields import DayField, DegreesField, WholeField, clean, degrees_of
from .address import Place
from .roads import Passage
from .zone import MINUTES, Kind, Point, ZoneLine


class PlaceForm(FlaskForm):
    """A place that the manager names."""

    name = StringField(
        _("Name"),
        [
            DataRequired(_("Write the name of the place, such as: Town hall.")),
            Length(max=200, message=_("Shorten the name: 200 letters at most.")),
        ],
        filters=[clean],
    )
    street = StringField(
        _("Number and street"),
        [
            DataRequired(_("Write the street, with its number if there is one.")),
            Length(max=200, message=_("Shorten the street: 200 letters at most.")),
        ],
        filters=[clean],
    )
    town = StringField(
        _("Town"),
        [
            DataRequired(_("Write the town, such as Oignies.")),
            Length(max=200, message=_("Shorten the town: 200 letters at most.")),
        ],
        filters=[clean],
    )
    latitude = DegreesField(_("Latitude"), most=90, such_as=50.4697)
    longitude = DegreesField(_("Longitude"), most=180, such_as=2.9936)
    access_note = StringField(
        _("How to come in"),
        [Length(max=300, message=_("Shorten this: 300 letters at most."))],
        filters=[clean],
    )
    contact = StringField(
        _("Whom to ask for"),
        [Length(max=200, message=_("Shorten this: 200 letters at most."))],
        filters=[clean],
    )
    phone = TelField(
        _("Phone number"),
        [
            Optional(),
            Regexp(
                r"^\+?[0-9][0-9 .()-]{5,38}$",
                message=_("Write a phone number such as 03 53 01 00 62."),
            ),
        ],
        filters=[clean],
    )
    is_active = BooleanField(_("Customers may choose this place"), default=True)

    def fill(self, place: Place) -> None:
        """Write what was typed onto the place."""
        for name in (
            "name", "street", "town", "latitude", "longitude",
            "access_note", "contact", "phone", "is_active",
        ):  # fmt: skip
            setattr(place, name, self[name].data)


class PassageForm(FlaskForm):
    """A place on the map that the tricycle cannot pass, or only slowly."""

    latitude = DegreesField(_("Latitude"), most=90, such_as=50.4697)
    longitude = DegreesField(_("Longitude"), most=180, such_as=2.9936)
    what = RadioField(
        _("What is it?"),
        choices=[
            SelectChoice("closed", _("closed to the tricycle")),
            SelectChoice("slow", _("slow: on foot")),
        ],
        default="closed",
    )
    note = StringField(
        _("Note"),
        [Length(max=200, message=_("Shorten this: 200 letters at most."))],
        filters=[clean],
    )
    until = DayField(_("Last day"), validators=[Optional()])

    def fill(self, passage: Passage) -> None:
        """Write what was typed onto the mark."""
        passage.latitude, passage.longitude = self.latitude.data, self.longitude.data
        passage.is_closed = self.what.data == "closed"
        passage.note, passage.until = self.note.data or "", self.until.data


class ZoneForm(FlaskForm):
    """How far the tricycles go."""

    kind = RadioField(
        _("How is the zone measured?"),
        choices=[
            SelectChoice("circle", _("a circle around the kitchen")),
            SelectChoice("reach", _("minutes by tricycle")),
            SelectChoice("drawn", _("drawn by hand")),
        ],
        default="circle",
    )
    minutes = WholeField(_("Minutes"), least=MINUTES[0], most=MINUTES[1], blank=15)
    corners = TextAreaField(_("Corners"))

    def show(self, line: ZoneLine | None) -> None:
        """Fill the form with the zone as it stands."""
        self.minutes.data = (line.minutes if line else None) or 15
        if line is not None:
            self.kind.data = line.kind
            self.corners.data = "\n".join(f"{lat:.5f} {lon:.5f}" for lat, lon in line.ring)

    @property
    def chosen(self) -> Kind:
        """The kind of zone."""
        kind: Kind = self.kind.data
        return kind

    @property
    def ring(self) -> list[Point]:
        """The corners that were drawn."""
        lines = (self.corners.data or "").splitlines()
        return [corner for line in lines if (corner := _corner(line))] if self._is_drawn else []

    @property
    def _is_drawn(self) -> bool:
        return bool(self.kind.data == "drawn")

    def validate_corners(self, field: TextAreaField) -> None:
        lines = [line for line in (field.data or "").splitlines() if line.strip()]
        wrong = next((line for line in lines if _corner(line) is None), None)
        if self._is_drawn and wrong is not None:
            raise ValidationError(
                _("Write one corner a line, such as: 50.4697 2.9936. This is none: %(line)s")
                % {"line": wrong[:40]}
            )


def _corner(line: str) -> Point | None:
    parts = line.replace(";", " ").split()
    degrees = [degrees_of(part.rstrip(",")) for part in parts]
    if len(degrees) != 2 or degrees[0] is None or degrees[1] is None:
        return None
    return (degrees[0], degrees[1]) if abs(degrees[0]) <= 90 and abs(degrees[1]) <= 180 else None
