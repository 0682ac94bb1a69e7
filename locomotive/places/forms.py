"""The forms of places, of passages, of the zone and of an address's position."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, StringField, TelField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length, Optional, Regexp

from ..maps.spot import SIDE, SPANS, TOWARDS, nudged, tapped
from ..web.fields import DayField, DegreesField, Form, SelectChoice, WholeField, clean, degrees_of
from .address import LONGEST_NOTE, Address, Place
from .roads import Passage
from .zone import MINUTES, Point, ZoneChoice, ZoneLine


def access_note_field() -> StringField:
    """How to come in, for whoever brings or fetches something."""
    return StringField(
        _("How to come in"),
        [Length(max=LONGEST_NOTE, message=_("Write at most %(max)d letters."))],
        filters=[clean],
    )


class PlaceForm(Form):
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
    access_note = access_note_field()
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


class PassageForm(Form):
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

    def passage(self, *, at: datetime) -> Passage:
        """The mark that was typed."""
        return Passage(
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            is_closed=self.what.data == "closed",
            note=self.note.data or "",
            until=self.until.data,
            marked_at=at,
        )


class PositionForm(Form):
    """Where an address is, and how to come in."""

    latitude = DegreesField(_("Latitude"), most=90, such_as=50.4697)
    longitude = DegreesField(_("Longitude"), most=180, such_as=2.9936)
    # How close the map looks: 0 is the closest.
    level = WholeField(_("Map"), most=len(SPANS) - 1, blank=1)
    access_note = access_note_field()

    def show(self, address: Address, *, note: str) -> None:
        """Fill the form with the address as it stands."""
        self.put(address.point)
        self.access_note.data, self.level.data = note, 1

    def put(self, point: Point) -> None:
        """Write a point into the fields, whatever was typed there."""
        for field, value in zip((self.latitude, self.longitude), point, strict=True):
            field.raw_data, field.data = None, value

    @property
    def point(self) -> Point | None:
        """The point that the fields name, if they name one."""
        if self.latitude.data is None or self.longitude.data is None:
            return None
        return self.latitude.data, self.longitude.data

    def look(self, sent: Mapping[str, str]) -> bool:
        """Do what was pressed beside "save": a tap, a nudge, a closer look; tell whether it was.

        A picture that is pressed with a key has no point: it is shown again, around what was
        typed.
        """
        point, level = (self.latitude.data, self.longitude.data), self.level.data
        for name, side in (("small", SIDE // 2), ("large", SIDE)):
            x, y = parse_whole(sent.get(f"{name}.x")), parse_whole(sent.get(f"{name}.y"))
            if x is not None and y is not None:
                if x or y:
                    self.put(tapped(point, level, min(x, side) / side, min(y, side) / side))
                return True
        if sent.get("nudge") in TOWARDS:
            self.put(nudged(point, level, sent["nudge"]))
            return True
        wanted = parse_whole(sent.get("look"))
        if wanted is not None and wanted < len(SPANS):
            self.level.raw_data, self.level.data = None, wanted
            return True
        return False


def parse_whole(text: str | None) -> int | None:
    """A whole number below 10,000 as a browser sends it; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 5 else None


class ZoneForm(Form):
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
    def choice(self) -> ZoneChoice:
        """The zone that was asked for."""
        lines = (self.corners.data or "").splitlines() if self._is_drawn else []
        corners = tuple(corner for line in lines if (corner := _corner(line)))
        return ZoneChoice(self.kind.data, self.minutes.data, corners)

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
