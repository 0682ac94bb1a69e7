"""What is typed to get the week's menus by mail."""

from flask_babel import lazy_gettext as _
from wtforms.validators import InputRequired

from ..shop.forms import MAIL_WRONG, MailField
from ..web.fields import Form, clean


class ReaderForm(Form):
    """One mail address."""

    email = MailField(_("E-mail address"), [InputRequired(MAIL_WRONG)], filters=[clean])
