"""The door: who may come in by which route, and what every answer carries.

Deny by default. Every view declares its audience with `@audience(...)`; an undeclared one stops
the start. Signing in itself belongs to `accounts`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, redirect, request, url_for
from flask_login import current_user

from ..core.clock import clock
from ..core.settings import Settings
from .view import is_this_version

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
ROLES = ("manager", "kitchen", "rider")
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        *(
            f"{kind}-src 'self'"
            for kind in ("script", "style", "img", "font", "media", "connect", "manifest")
        ),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


def audience(*names: str) -> Callable[[View], View]:
    """Declare who may use a view: "public", or staff roles. The manager may use every view."""
    for name in names:
        if name != PUBLIC and name not in ROLES:
            raise ValueError(f"unknown audience {name!r}")

    def declared(view: View) -> View:
        view.audience = frozenset(names)  # type: ignore[attr-defined]
        return view

    return declared


def undeclared_routes(app: Flask) -> list[str]:
    """The endpoints whose view declares no audience."""
    return sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not getattr(app.view_functions[rule.endpoint], "audience", None)
    )


def guard(app: Flask, settings: Settings) -> None:
    """Check each request's right to its view, and put the headers on every answer."""
    app.view_functions["static"] = audience(PUBLIC)(app.view_functions["static"])

    @app.before_request
    def check_audience() -> Any:
        if request.endpoint is None:
            return None
        allowed: frozenset[str] = getattr(
            app.view_functions[request.endpoint], "audience", frozenset()
        )
        if PUBLIC in allowed:
            return None
        if not current_user.is_authenticated:
            if request.method == "GET":
                return redirect(url_for("accounts.sign_in_page", next=request.full_path), 303)
            abort(403)
        if current_user.role != "manager" and current_user.role not in allowed:
            abort(403)
        return None

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        # Our scripts know by it that no captive portal answered in our place, and what time it is.
        response.headers["X-Locomotive"] = clock.now().isoformat()
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        if settings.is_production:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint == "static":
            if is_this_version((request.view_args or {})["filename"], request.args.get("v")):
                response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        elif "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response
