"""The form of what a supplier adds to his list."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Optional

from ..farm.forms import LONG, MAXIMUM_PRICE, AboveZeroField, named
from ..farm.produce import KINDS, NOT_VEGETARIAN
from ..farm.unit import ONE, PACK_WORDS
from ..web.fields import Form, MoneyField, clean
from .product import Product


class ProductForm(Form):
    """A product with its unit; meat and fish are added by the kitchen, with their origin."""

    product_name = StringField(
        _("What it is"), [DataRequired(_("Write its name, such as: leeks.")), LONG], filters=[clean]
    )
    product_kind = SelectField(_("Kind"), default="vegetable")
    product_unit = SelectField(_("My unit"), default="kg")
    holds = AboveZeroField(_("Kilos in one"), default=ONE, validators=[Optional()])
    product_price = MoneyField(
        _("Price of one, in euros"), most=MAXIMUM_PRICE, validators=[Optional()]
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        kinds = {code: name for code, name in KINDS.items() if code not in NOT_VEGETARIAN}
        self.product_kind.choices = named(kinds)
        self.product_unit.choices = named(PACK_WORDS)

    def product(self) -> Product:
        """What was typed."""
        return Product(
            name=self.product_name.data or "",
            kind=self.product_kind.data,
            unit=self.product_unit.data,
            amount=self.holds.data or ONE,
            price_cents=self.product_price.data,
        )
