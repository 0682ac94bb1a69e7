"""The forms of passkeys: what the browser's key says, and how its owner calls it."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from ..web.fields import Form, clean

LONGEST = 20_000  # letters of a credential as JSON
_NOTHING = _("Your browser sent no passkey: press the button once more.")


class EntryForm(Form):
    """What a key has signed, as JSON."""

    credential = HiddenField(
        _("Passkey"), [InputRequired(_NOTHING), Length(max=LONGEST, message=_NOTHING)]
    )


class PasskeyForm(EntryForm):
    """A new key, and its name."""

    passkey_name = StringField(
        _("What you call it"),
        [
            DataRequired(_("Write a name, such as: my phone.")),
            Length(max=60, message=_("Write at most %(max)d letters.")),
        ],
        filters=[clean],
    )
