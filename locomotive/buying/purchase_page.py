"""The sheet of an order to a supplier."""

from pathlib import Path

from flask import render_template

from ..web.view import settings
from .purchase import Purchase


def sheet_html(purchase: Purchase, *, is_pdf: bool) -> str:
    """The order's page; its PDF is made of the same page without the bar above the paper."""
    return render_template("buying/purchase_sheet.html", purchase=purchase, is_pdf=is_pdf)


def purchase_path(purchase: Purchase, language: str) -> Path:
    """Where the PDF of an order is kept; another state of it has another name."""
    answered = f"{purchase.confirmed_at:%Y%m%dT%H%M%S}" if purchase.confirmed_at else "new"
    name = f"purchase-{purchase.id}-{purchase.status}-{answered}-{language}.pdf"
    return settings().files / "paper" / name
