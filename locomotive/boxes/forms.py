"""Forms of the boxes."""

from flask_babel import lazy_gettext as _
from wtforms import SelectField

from ..rounds.act import MOST_BOXES
from ..rounds.box import ENTRY_KINDS
from ..web.fields import Form, SelectChoice, WholeField


class WashForm(Form):
    """How many boxes were washed."""

    boxes = WholeField(_("Boxes washed"), least=1, most=MOST_BOXES)


class EntryForm(Form):
    """What became of boxes that no rider took back."""

    kind = SelectField(
        _("What became of them"),
        choices=[SelectChoice(code, _(words)) for code, words in ENTRY_KINDS.items()],
    )
    boxes = WholeField(_("Boxes"), least=1, most=MOST_BOXES)
