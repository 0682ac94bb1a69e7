"""The forms of signing in and of a new screen."""

from flask_babel import lazy_gettext as _
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from ..web.fields import Form, clean


class SignInForm(Form):
    """Name and password of a member of staff."""

    name = StringField(_("Name"), [InputRequired(_("Write your name.")), Length(max=200)])
    password = PasswordField(
        _("Password"), [InputRequired(_("Write your password.")), Length(max=200)]
    )


class DeviceForm(Form):
    """A screen to enrol: its name, and the PIN of its rare acts."""

    name = StringField(
        _("Name of the screen"),
        [
            DataRequired(_("Write a name, such as: stove.")),
            Length(max=60, message=_("Write at most %(max)d letters.")),
        ],
        filters=[clean],
    )
    pin = StringField(
        _("PIN"),
        [
            InputRequired(_("Choose a PIN of 4 to 8 digits.")),
            Regexp(r"[0-9]{4,8}\Z", message=_("The PIN has 4 to 8 digits.")),
        ],
    )
