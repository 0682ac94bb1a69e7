"""The sheet of an order to a supplier."""

from typing import Any

from flask import (
    render_template,
)

from ..menu.photo import MAXIMUM_BYTES
from ..web.view import settings
from .purchase import Purchase

PHOTO_BODY = MAXIMUM_BYTES + 20_000
NOTE = "/farm/notes/<key:note_id>"
PURCHASE = "/farm/purchases/<key:purchase_id>"


def sheet_html(purchase: Purchase, *, is_pdf: bool) -> str:
    """The order's page; its PDF is made of the same page without the bar above the paper."""
    return render_template("buying/purchase_sheet.html", purchase=purchase, is_pdf=is_pdf)


def purchase_path(purchase: Purchase, language: str) -> Any:
    """Where the PDF of an order is kept; another state of it has another name."""
    answered = f"{purchase.confirmed_at:%Y%m%dT%H%M%S}" if purchase.confirmed_at else "new"
    name = f"purchase-{purchase.id}-{purchase.status}-{answered}-{language}.pdf"
    return settings().instance / "paper" / name
