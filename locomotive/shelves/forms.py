"""The form of a shelf that is counted."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, StringField
from wtforms.validators import Optional

from ..farm.forms import LONG, AmountField
from ..farm.lot import Lot
from ..web.fields import Form, clean
from .counting import Found


class CountForm(Form):
    """What was found of each lot of a shelf; the fields of each lot end with its id."""

    reason = StringField(_("Why, for all other differences"), [LONG], filters=[clean])
    sure = BooleanField(_("Yes, these quantities were counted"))

    def found(self, lots: Sequence[Lot]) -> dict[int, Found]:
        """Lot id → what was found, of the lots that were counted."""
        return {
            lot.id: Found(self[f"counted-{lot.id}"].data, self.reason_of(lot))
            for lot in lots
            if self[f"counted-{lot.id}"].data is not None
        }

    def reason_of(self, lot: Lot) -> str:
        """Why a lot is not what the books say: its own reason, or that of all."""
        return self[f"reason-{lot.id}"].data or self.reason.data or ""

    def differs(self, lot: Lot) -> bool:
        """Whether what was found of a lot is known to be another amount than the books say."""
        found = self[f"counted-{lot.id}"].data
        return found is not None and found != lot.stock


def count_form(lots: Sequence[Lot]) -> CountForm:
    """The form of the lots that may stand on a shelf."""
    fields: dict[str, Any] = {}
    for lot in lots:
        words = {"produce": lot.produce.name, "lot": lot.name}
        fields[f"counted-{lot.id}"] = AmountField(
            _("Found: %(produce)s, %(lot)s", **words), validators=[Optional()]
        )
        fields[f"reason-{lot.id}"] = StringField(
            _("Why: %(produce)s, %(lot)s", **words), [LONG], filters=[clean], default=""
        )
    form: CountForm = type("_CountForm", (CountForm,), fields)()
    return form
