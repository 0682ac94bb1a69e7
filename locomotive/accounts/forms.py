"""The forms of signing in, of accounts and of a new screen."""

from flask_babel import lazy_gettext as _
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from ..core.actor import Role
from ..web.fields import Form, SelectChoice, clean

ROLES = {
    Role.MANAGER: _("the office"),
    Role.KITCHEN: _("the kitchen"),
    Role.RIDER: _("the rounds"),
    Role.ACCOUNTANT: _("the figures, to read and export"),
}


class SignInForm(Form):
    """Name and password of a member of staff."""

    name = StringField(_("Name"), [InputRequired(_("Write your name.")), Length(max=200)])
    password = PasswordField(
        _("Password"), [InputRequired(_("Write your password.")), Length(max=200)]
    )


class CodeForm(Form):
    """A code of the second factor, or one of those written down."""

    digits = StringField(_("Code"), [InputRequired(_("Write the code.")), Length(max=40)])


class NewPasswordForm(Form):
    """A password that an account's owner chooses."""

    password = PasswordField(
        _("New password"), [InputRequired(_("Choose a password.")), Length(max=200)]
    )


class ProofForm(Form):
    """Password or code once more."""

    proof = PasswordField(
        _("Password, or a code"), [InputRequired(_("Write your password.")), Length(max=200)]
    )


class LinkForm(Form):
    """A link that lets in, of whoever came in by one."""

    proof = StringField(
        _("A link that lets you in"), [InputRequired(_("Paste the link.")), Length(max=300)]
    )


class InviteForm(Form):
    """An account for somebody else: its name, and what it opens."""

    name = StringField(
        _("Name"),
        [
            DataRequired(_("Write a name.")),
            Length(max=60, message=_("Write at most %(max)d letters.")),
        ],
        filters=[clean],
    )
    role = SelectField(
        _("What it opens"),
        choices=[SelectChoice(str(role), words) for role, words in ROLES.items()],
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
