"""All dishes with what their recipes and the lots in use give."""

from flask import Blueprint, render_template

from ..core.clock import clock
from ..core.db import db
from ..farm.allergen import ALLERGENS
from ..menu.dish import dishes
from ..menu.recipe import contents_of, parts
from ..web.audience import audience
from .origin import origins_of
from .origin_page import claim_words, meat_words

room = Blueprint("origins", __name__)
room.add_app_template_filter(meat_words, "meat")
room.add_app_template_filter(claim_words, "claim")


@room.get("/office/recipes/")
@audience("manager")
def recipes() -> str:
    """All dishes with what their recipes give: allergens, the farm's share, cost."""
    today = clock.today()
    in_use = dishes(db.session())
    return render_template(
        "origins/recipes.html",
        dishes=in_use,
        contents=contents_of(db.session(), in_use, today),
        plates=origins_of(db.session(), today, today=today),
        parts=parts(db.session()),
        ALLERGENS=ALLERGENS,
    )
