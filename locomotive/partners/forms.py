"""Forms of partners: one in the office, and one shipment on the partner's page."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from ..farm.forms import LONG, SHORT
from ..shipments.partner import MOST_CENTS, Partner, keep_ride_key
from ..shipments.shipment import MOST_CRATES, MOST_KILOS
from ..web.fields import DayField, Form, MoneyField, WallField, WholeField, clean
from .request import Asked

TIME = InputRequired(_("Write a time such as 11:30."))
PLACE = DataRequired(_("Write the number, the street and the town."))


class PartnerForm(Form):
    """A partner and its prices."""

    name = StringField(
        _("Name"), [DataRequired(_("Write the name of the partner.")), LONG], filters=[clean]
    )
    contact = StringField(_("Whom to call"), [LONG], filters=[clean])
    phone = StringField(_("Phone"), [SHORT], filters=[clean])
    email = StringField(_("E-mail"), [LONG], filters=[clean])
    place = StringField(_("Address"), [LONG], filters=[clean])
    stop_cents = MoneyField(_("Price of a stop, euros without VAT"), most=MOST_CENTS)
    kilo_cents = MoneyField(_("Price of a kilo, euros without VAT"), most=MOST_CENTS)
    wants_mail = BooleanField(_("Tell it by mail when a shipment is promised, fetched, delivered"))
    is_active = BooleanField(_("In use"), default=True)
    ride_url = StringField(_("Address of its service"), [LONG], filters=[clean])
    # Never shown again; what is left empty stays as it is.
    given_key = StringField(_("Key that it gave us"), [LONG], filters=[clean])

    def fill(self, partner: Partner, *, secret: str) -> None:
        """Write what was typed onto the partner; `secret` is the application's."""
        for name in (
            *("name", "contact", "phone", "email", "place", "stop_cents", "kilo_cents"),
            *("is_active", "ride_url", "wants_mail"),
        ):
            setattr(partner, name, self[name].data)
        if self.given_key.data:
            keep_ride_key(partner, self.given_key.data, secret=secret)


class ShipmentForm(Form):
    """What a partner asks to be carried."""

    key = StringField(validators=[DataRequired(), Length(max=64)])
    start = StringField(_("Fetch at"), [PLACE, LONG], filters=[clean])
    end = StringField(_("Bring to"), [PLACE, LONG], filters=[clean])
    goods = StringField(
        _("What it is"), [DataRequired(_("Write what is carried.")), LONG], filters=[clean]
    )
    crates = WholeField(_("Crates"), least=1, most=MOST_CRATES)
    kilos = WholeField(_("Kilos in all"), most=MOST_KILOS)
    day = DayField(_("Day"))
    starts = WallField(_("Not before"), [TIME])
    ends = WallField(_("Brought by"), [TIME])

    def asked(self) -> Asked:
        """The shipment that was asked for."""
        return Asked(**{name: self[name].data for name in Asked.__dataclass_fields__})
