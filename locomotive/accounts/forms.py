"""Forms of the door."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length


class SignInForm(FlaskForm):
    """Name and password of a member of staff."""

    name = StringField(_("Name"), [InputRequired(_("Write your name.")), Length(max=200)])
    password = PasswordField(
        _("Password"), [InputRequired(_("Write your password.")), Length(max=200)]
    )
