"""The form of a named place."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TelField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from ..fields import DegreesField, clean
from .address import Place


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
