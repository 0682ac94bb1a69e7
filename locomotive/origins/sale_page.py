"""The words about a dish that is off sale, and the page where its question is answered."""

from flask import url_for
from flask_babel import gettext as _

from .sale import ALLERGENS_OPEN, RECALLED, Unanswered


def off_sale_words(missing: Unanswered) -> str:
    """Why the dish cannot be ordered, in one short sentence."""
    names = {"dish": missing.dish.name, "produce": ", ".join(missing.produce)}
    if missing.question == RECALLED:
        return str(_("Off sale: a batch holds the recalled lot %(produce)s.", **names))
    if missing.question == ALLERGENS_OPEN and missing.produce:
        return str(_("Off sale: the allergens of %(produce)s are not known.", **names))
    if missing.question == ALLERGENS_OPEN:
        return str(_("Off sale: its allergens are not answered."))
    if missing.produce:
        return str(_("Off sale: no lot tells the origin of %(produce)s.", **names))
    return str(_("Off sale: nobody has said whether there is meat in it, and from where."))


def answer_page(missing: Unanswered) -> str:
    """Where the question is answered."""
    if missing.question == RECALLED:
        return url_for("recalls.overview")
    if not missing.produce:
        return url_for("dishes.edit_dish", dish_id=missing.dish.id)
    if missing.question == ALLERGENS_OPEN:
        return url_for("produce.produce")
    return url_for("stock.new_lot")
