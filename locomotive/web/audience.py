"""The door: who may come in by which route, and what every answer carries.

Deny by default. Every view declares its audience with `@audience(...)`; an undeclared one stops
the start. Signing in itself belongs to `accounts`.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask import session as cookie
from flask_login import current_user

from ..core.actor import Role
from ..core.clock import clock
from ..core.settings import Settings
from .view import is_this_version

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
ROLES = tuple(map(str, Role))
# Views that want password or code once more when it was a while ago.
_proved: set[Callable[..., Any]] = set()
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


def proved(view: View) -> View:
    """Declare that a view gives away personal data, or rules over accounts: whoever came in a
    while ago shows password or code once more."""
    _proved.add(view)
    return view


def undeclared_routes(app: Flask) -> list[str]:
    """The endpoints whose view declares no audience."""
    return sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not getattr(app.view_functions[rule.endpoint], "audience", None)
    )


def has_unexpected_proxy(settings: Settings) -> bool:
    """Whether this request came through a proxy of which the settings know nothing."""
    return not settings.proxies and "X-Forwarded-For" in request.headers


def audience_of(app: Flask) -> frozenset[str]:
    """Who may use the view of this request."""
    view = app.view_functions.get(request.endpoint or "")
    found: frozenset[str] = getattr(view, "audience", frozenset())
    return found


def is_public(app: Flask) -> bool:
    """Whether everybody may use the view of this request, or there is none."""
    return request.endpoint is None or PUBLIC in audience_of(app)


def page_before() -> str | None:
    """The path of the page of ours on which a form stood."""
    before = urlsplit(request.referrer or "")
    return before.path if before.netloc == request.host else None


def _way_round(settings: Settings) -> Any:
    """Where somebody must go first: to lay a second factor, or to show the password again."""
    is_asked = settings.second_factor and current_user.role == Role.MANAGER
    is_own_page = (request.endpoint or "").startswith("own.")
    if is_asked and not is_own_page and current_user.lacks_factor():
        return redirect(url_for("own.factor"), 303)
    view = current_app.view_functions[request.endpoint or ""]
    if view in _proved and not current_user.is_proved(clock.now()):
        back = request.full_path if request.method == "GET" else page_before()
        return redirect(url_for("own.prove", next=back), 303)
    return None


def guard(app: Flask, settings: Settings) -> None:
    """Check each request's right to its view, and put the headers on every answer."""
    app.view_functions["static"] = audience(PUBLIC)(app.view_functions["static"])

    @app.before_request
    def look_for_proxy() -> None:
        if has_unexpected_proxy(settings) and not app.extensions.get("locomotive_proxy_said"):
            app.extensions["locomotive_proxy_said"] = True
            logging.getLogger(__name__).warning(
                "a request was forwarded by a proxy, and LOCOMOTIVE_PROXIES is 0: all visitors "
                "look like one address; set it to the number of proxies in front"
            )

    @app.before_request
    def follow_staff() -> None:
        # A visitor without a sign-in leaves no trail, and costs none.
        if request.method == "POST" and "_user_id" in cookie and current_user.is_authenticated:
            begin, _end = app.extensions["trail"]
            g.act = begin()

    @app.after_request
    def end_act(response: Response) -> Response:
        begin, end = app.extensions["trail"]
        is_export = "attachment" in response.headers.get("Content-Disposition", "")
        if "act" not in g and is_export and not is_public(app) and current_user.is_authenticated:
            g.act = begin()
        if "act" in g:
            end(g.act, is_done=is_export or response.status_code in (204, 303))
        return response

    @app.before_request
    def check_audience() -> Any:
        if request.endpoint is None:
            return None
        if is_public(app):
            return None
        allowed = audience_of(app)
        if not current_user.is_authenticated:
            if request.method == "GET":
                return redirect(url_for("accounts.sign_in_page", next=request.full_path), 303)
            abort(403)
        if current_user.role != Role.MANAGER and current_user.role not in allowed:
            logging.getLogger(__name__).warning(
                "refused: %s %s for %s", request.method, request.url_rule, current_user.role
            )
            abort(403)
        return _way_round(settings)

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
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.endpoint == "static":
            if is_this_version((request.view_args or {})["filename"], request.args.get("v")):
                response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        elif "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response
