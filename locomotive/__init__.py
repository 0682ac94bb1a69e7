"""La Locomotive: the restaurant's online ordering and delivery planning."""

import sys

import click
from flask import Flask
from flask_compress import Compress
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.utils import find_modules, import_string

from .accounts.visitor_page import know_visitors
from .commands import add_commands
from .core.db import connect_database, count_writes, db, opened
from .core.mark import DEMONSTRATION, is_marked
from .core.settings import Settings, WrongSetting, read_settings
from .origins.facts import COUNTERS, EDITION, TABLES
from .trail.act_page import end_act, follow_act
from .web.audience import guard, undeclared_routes
from .web.errors import answer_errors
from .web.language import speak
from .web.log import keep_log
from .web.page import add_globals
from .web.schema import MIGRATIONS, bring_up_to_date
from .web.view import Incoming, KeyConverter, fingerprint_static
from .worker.content import follow
from .worker.queue import Jobs

# The rooms of the house: each may look at those before it, none at those behind it.
ROOMS = (
    "trail",
    "accounts",
    "passkeys",
    "maps",
    "places",
    "addresses",
    "town",
    "farm",
    "menu",
    "choices",
    "origins",
    "buying",
    "shelves",
    "exchange",
    "farmer",
    "service",
    "alerts",
    "ordering",
    "shipments",
    "forecast",
    "promise",
    "disruption",
    "shop",
    "groups",
    "feeds",
    "batches",
    "printers",
    "practice",
    "use_by",
    "hygiene",
    "kitchen",
    "rounds",
    "boxes",
    "arrival",
    "pdf",
    "papers",
    "dispatch",
    "amendments",
    "partners",
    "relays",
    "desk",
    "verification",
    "privacy",
    "backups",
    "office",
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application. Raises WrongSetting with one sentence when it must not start."""
    settings = settings or read_settings()
    app = Flask(__name__)
    app.request_class = Incoming
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_MEMORY_SIZE=1_000_000,
        SESSION_COOKIE_NAME="__Host-locomotive" if settings.is_production else "locomotive",
        SESSION_COOKIE_SECURE=settings.is_production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # Screens stay open all day.
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    if settings.is_production and app.debug:
        raise WrongSetting("Debug mode must be off in production: unset FLASK_DEBUG.")
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies
        )
    # First, so that it comes last: what other rules put into an answer is compressed too.
    Compress(app)
    app.extensions["settings"] = settings
    keep_log(app, settings)
    connect_database(app, settings)
    count_writes(EDITION, TABLES, flushed_only=COUNTERS)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True)
    with app.app_context(), opened(settings):
        if settings.is_production and is_marked(db.session(), DEMONSTRATION):
            raise WrongSetting("This database is a demonstration: production needs its own.")
        db.session.remove()
    app.jinja_env.undefined = StrictUndefined
    app.url_map.converters["key"] = KeyConverter
    speak(app)
    CSRFProtect(app)
    know_visitors(app)
    add_rooms(app)
    add_globals(app, settings)
    fingerprint_static(app)
    guard(app, settings)
    app.extensions["jobs"] = Jobs(app, settings)
    app.extensions["content"] = follow
    app.extensions["trail"] = (follow_act, end_act)
    add_commands(app)
    answer_errors(app)
    missing = undeclared_routes(app)
    if missing:
        raise WrongSetting(f"These routes declare no audience: {', '.join(missing)}.")
    return app


def served() -> Flask:
    """The application for a program, or its end with one sentence when it must not start."""
    try:
        app = create_app()
        # A server brings the database up to date; a command decides for itself.
        if click.get_current_context(silent=True) is None:
            with app.app_context():
                bring_up_to_date()
        return app
    except WrongSetting as error:
        sys.exit(f"La Locomotive does not start: {error}")


def add_rooms(app: Flask) -> None:
    """Open every room: each of its view files owns a blueprint called `room`."""
    for name in ROOMS:
        for module in find_modules(f"{__name__}.{name}"):
            if module.endswith("views"):
                app.register_blueprint(import_string(module).room)
