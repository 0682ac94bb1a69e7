"""The words of units."""

from flask_babel import gettext as _
from flask_babel import npgettext

from ..web.language import amount_words, language
from .unit import ONE, UNITS


def unit_words(thousandths: int, unit: str) -> str:
    """A unit as it is said of so much of it: "piece" of 1000, "pieces" of 2000."""
    # French says one and a half in the singular, English in the plural.
    number = abs(thousandths) // ONE if language() == "fr" else -(-abs(thousandths) // ONE)
    if unit == "piece":
        return str(npgettext("amount", "piece", "pieces", number))
    return str(npgettext("amount", "litre", "litres", number) if unit == "l" else _(UNITS[unit]))


def measured(thousandths: int, unit: str) -> str:
    """So much in its unit: "12,5 kg"."""
    return f"{amount_words(thousandths)} {unit_words(thousandths, unit)}"
