"""The shop as an app on a phone: what installs it, and what it shows without a network."""

from flask import Blueprint, current_app, jsonify, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..web.audience import audience
from ..web.view import settings

room = Blueprint("app", __name__)
PAPER, BRICK = "#faf6ef", "#9c3d2b"  # as in style.css


@room.get("/manifest.webmanifest")
@audience("public")
def manifest() -> Response:
    """What a phone asks to put the shop among its apps (W3C Web App Manifest), in French."""
    name = settings().restaurant_name
    with force_locale("fr"):
        about = _("Order lunch at %(name)s", name=name)
    response = jsonify(
        id="/",
        name=name,
        short_name=name,
        description=about,
        lang="fr",
        dir="ltr",
        start_url="/",
        scope="/",
        display="standalone",
        background_color=PAPER,
        theme_color=BRICK,
        categories=["food"],
        icons=[
            icon("icon-192.png", "192x192"),
            icon("icon-512.png", "512x512"),
            icon("icon-mask-512.png", "512x512", purpose="maskable"),
        ],
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def icon(file: str, sizes: str, *, purpose: str = "any") -> dict[str, str]:
    """An icon as a manifest names it."""
    address = url_for("static", filename=f"icons/{file}")
    return {"src": address, "sizes": sizes, "type": "image/png", "purpose": purpose}


@room.get("/worker.js")
@audience("public")
def worker() -> Response:
    """The shop's service worker; it stands here because its reach is its folder."""
    response = current_app.send_static_file("shop-worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response


@room.get("/offline")
@audience("public")
def offline() -> str:
    """What stands in for every page of the shop while there is no network."""
    return render_template("office/offline.html")
