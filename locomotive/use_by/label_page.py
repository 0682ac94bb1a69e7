"""The label of what was opened or prepared, for the roll of 62 mm."""

from pathlib import Path

from flask import render_template, url_for
from markupsafe import Markup

from ..core.tokens import qr_code
from ..web.view import settings
from .opened import OpenedFood


def label_html(food: OpenedFood, *, is_pdf: bool) -> str:
    """The label with a QR code by which a tablet or a phone ends it."""
    address = url_for("use_by.food", food_id=food.id)
    return render_template(
        "use_by/label.html",
        food=food,
        code=Markup(qr_code(f"{settings().public_url}{address}")),
        is_pdf=is_pdf,
    )


def label_path(food: OpenedFood, language: str) -> Path:
    """Where the label's PDF is kept."""
    return settings().files / "paper" / f"use-by-{food.id}-{language}.pdf"
