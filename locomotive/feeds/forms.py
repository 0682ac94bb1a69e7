"""What is typed to get the week's menus by mail."""

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _
from wtforms import EmailField
from wtforms.validators import ValidationError

from ..web.fields import Form, clean

_WRONG = _("Write an e-mail address such as name@example.org.")


class ReaderForm(Form):
    """One mail address."""

    email = EmailField(_("E-mail address"), filters=[clean])

    def validate_email(self, field: EmailField) -> None:
        try:
            found = validate_email(
                field.data or "", check_deliverability=False, allow_smtputf8=False
            )
        except EmailNotValidError:
            raise ValidationError(_WRONG) from None
        # In ASCII: a domain with accents as mail servers know it (RFC 5891).
        if not found.ascii_email or len(found.ascii_email) > 200:
            raise ValidationError(_WRONG)
        field.data = found.ascii_email
