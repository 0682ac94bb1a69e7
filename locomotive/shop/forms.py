"""The checkout: what a customer fills in."""

import re
from collections.abc import Sequence

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _
from wtforms import EmailField, HiddenField, RadioField, SelectField, StringField, TelField
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, ValidationError

from ..ordering.request import Customer, Destination
from ..ordering.shown import Difference, Facts
from ..places.address import Place
from ..places.forms import access_note_field
from ..service.service import KINDS
from ..web.fields import Form, clean, parse_id

MAXIMUM_EXCEPTION = 80
ANOTHER = ""  # none of the named places
SAME = "same"  # the order's own place
KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")


MAIL_WRONG = _("Write a whole e-mail address, for example samira@example.org.")


class MailField(EmailField):
    """A mail address, in ASCII: a domain with accents as mail servers know it (RFC 5891)."""

    def pre_validate(self, form: BaseForm) -> None:
        """Raises ValidationError for what is typed and is no address."""
        if not self.data:
            return
        try:
            found = validate_email(self.data, check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError:
            raise ValidationError(MAIL_WRONG) from None
        if not found.ascii_email or len(found.ascii_email) > 200:
            raise ValidationError(MAIL_WRONG)
        self.data = found.ascii_email


class HandoverForm(Form):
    """How, where and when an order is handed over."""

    kind = StringField(_("How"))
    place = SelectField(_("Place"), validate_choice=False)
    address = StringField(_("Another address"), filters=[clean])
    # Only when what was typed may mean several addresses.
    suggestion = RadioField(_("Known addresses nearby"), validate_choice=False)
    access_note = access_note_field()
    slot = StringField(_("Time"))
    # Whether the place that was named lies outside the zone.
    is_outside = False
    # What differs from the page that was sent; None when nothing does.
    changes: list[Difference] | None = None
    named_places: Sequence[Place] = ()

    def offer_places(self, places: list[Place], *, same: str = "") -> None:
        """Fill the list of named places, with the order's own (`same`) first when it has one;
        with none of them the list disappears."""
        self.named_places = places
        self.place.choices = [
            *([(SAME, _("As before: %(place)s", place=same))] if same else []),
            (ANOTHER, _("Choose a place")),
            *((str(place.id), f"{place.name}, {place.town}") for place in places),
        ]

    @property
    def place_facts(self) -> Facts:
        """What the list says of each named place; see `facts_of_place`."""
        return {f"place-{place.id}": f"{place.name}, {place.town}" for place in self.named_places}

    @property
    def names_place(self) -> bool:
        """Whether it says where the meal shall go."""
        return bool(self.place.data or self.address.data)

    def suggest(self, addresses: list[str]) -> None:
        """Offer known addresses in place of what was typed."""
        self.suggestion.choices = [(name, name) for name in addresses]

    def take_suggestion(self) -> None:
        """Put the chosen known address where it would have been typed."""
        if self.suggestion.data:
            self.address.data = clean(self.suggestion.data)
            self.suggestion.data = None

    def validate_kind(self, field: StringField) -> None:
        if field.data not in KINDS:
            raise ValidationError(_("Choose take-away or delivery."))

    def validate_slot(self, field: StringField) -> None:
        if parse_id(field.data) is None:
            raise ValidationError(_("Choose a time from the list."))

    def destination(self) -> Destination:
        """Where the meal shall go, as far as the form says."""
        place_id = None if self.place.data in (None, ANOTHER) else parse_id(self.place.data) or 0
        return Destination(place_id, clean(self.address.data)[:300], clean(self.access_note.data))


class ChangeForm(HandoverForm):
    """An order that stands, as it shall be from now on; its place may stay as it is."""

    @property
    def keeps_place(self) -> bool:
        """Whether the order's place stays."""
        return bool(self.place.data == SAME and not self.address.data)


class CheckoutForm(HandoverForm):
    """Who orders, how, where and when; `key` makes a repeated send harmless. What single dishes
    must not contain stands in fields of its own (see `typed_wishes`)."""

    # Whether a dish may contain traces of what somebody must not eat.
    asks_traces = False

    key = HiddenField()
    day = HiddenField()
    first_name = StringField(
        _("First name"),
        [
            InputRequired(_("Write your first name: it stands on the bag.")),
            Length(max=60, message=_("Write at most %(max)d letters.")),
        ],
        filters=[clean],
    )
    must_not_contain = StringField(
        _("My meal must not contain"),
        [Length(max=MAXIMUM_EXCEPTION, message=_("Write at most %(max)d letters."))],
        filters=[clean],
    )
    email = MailField(_("E-mail address"), filters=[clean])
    phone = TelField(_("Phone number"), filters=[clean])

    def validate_key(self, field: HiddenField) -> None:
        if not KEY.fullmatch(field.data or ""):
            raise ValidationError(_("This page is not complete. Reload it and try again."))

    def validate_first_name(self, field: StringField) -> None:
        if not any(c.isalnum() for c in field.data or ""):
            raise ValidationError(_("Write your first name: it stands on the bag."))

    def validate_phone(self, field: TelField) -> None:
        if not field.data:
            if not self.email.data:
                raise ValidationError(_("Write a phone number or an e-mail address."))
            return
        field.data = national_number(field.data)

    def customer(self) -> Customer:
        """Who ordered."""
        return Customer(
            clean(self.first_name.data), phone=self.phone.data or "", email=self.email.data or ""
        )


_PHONE_WRONG = _("Write a whole phone number, for example 06 12 34 56 78.")


# A Belgian mobile as it is written at home; in France the same digits are a landline's in Auvergne,
# which people write in pairs.
_MAYBE_BELGIAN = re.compile(r"04[5-9]\d(?:[ ./-]*\d{2}[ .]?\d{2}[ .]?\d{2}|[ ./-]*\d{3}[ .]?\d{3})")
_IN_PAIRS = re.compile(r"\d{2}(?:[ .-]\d{2}){4}")


def national_number(text: str) -> str:
    """The number as it is written in France; a foreign one keeps its country's prefix.

    One that may be French or Belgian is asked back.
    """
    if _MAYBE_BELGIAN.fullmatch(text) and not _IN_PAIRS.fullmatch(text):
        digits = "".join(c for c in text if c.isdigit())
        pairs = " ".join(digits[at : at + 2] for at in range(0, 10, 2))
        raise ValidationError(
            _(
                "Is this number Belgian or French? Belgian: write %(belgian)s. French: write "
                "%(french)s.",
                belgian=f"+32 {digits[1:4]} {digits[4:6]} {digits[6:8]} {digits[8:]}",
                french=pairs,
            )
        )
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        raise ValidationError(_PHONE_WRONG) from None
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise ValidationError(_PHONE_WRONG)
    form = phonenumbers.PhoneNumberFormat
    style = form.NATIONAL if number.country_code == 33 else form.INTERNATIONAL
    return phonenumbers.format_number(number, style)
