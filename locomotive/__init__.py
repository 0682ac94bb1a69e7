"""La Locomotive: the restaurant's online ordering and delivery planning."""

import logging
from pathlib import Path
from typing import Any

from flask import Flask, render_template, request
from flask_babel import gettext as _
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from .accounts.views import know_visitors
from .cli import add_commands
from .db import Busy, connect_database, db
from .door import guard, undeclared_routes
from .house import DEMONSTRATION, is_marked
from .jobs import Jobs
from .language import sentence, speak
from .pages import add_globals
from .refusal import Refusal
from .rooms import add_rooms
from .settings import Settings, WrongSetting, read_settings

MIGRATIONS = Path(__file__).parent / "migrations"


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application. Raises WrongSetting with one sentence when it must not start."""
    settings = settings or read_settings()
    app = Flask(__name__)
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
    app.extensions["settings"] = settings
    connect_database(app, settings)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True)
    with app.app_context():
        if settings.is_production and is_marked(db.session(), DEMONSTRATION):
            raise WrongSetting("This database is a demonstration: production needs its own.")
        db.session.remove()
    app.jinja_env.undefined = _strict_undefined()
    speak(app)
    CSRFProtect(app)
    know_visitors(app)
    add_rooms(app)
    add_globals(app, settings)
    guard(app, settings)
    app.extensions["jobs"] = Jobs(app, settings)
    add_commands(app)
    _answer_errors(app)
    missing = undeclared_routes(app)
    if missing:
        raise WrongSetting(f"These routes declare no audience: {', '.join(missing)}.")
    return app


def _strict_undefined() -> Any:
    from jinja2 import StrictUndefined

    return StrictUndefined


def _answer_errors(app: Flask) -> None:
    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> tuple[str, int]:
        return error_page(sentence(refusal), refusal.status)

    @app.errorhandler(SecurityError)
    def foreign_host(_error: SecurityError) -> tuple[str, int, dict[str, str]]:
        # No page can be built for a host that we do not answer to.
        return "This address is not ours.\n", 400, {"Content-Type": "text/plain"}

    @app.errorhandler(CSRFError)
    def stale(_error: CSRFError) -> tuple[str, int]:
        return error_page(_("This page is too old. Go back, reload it and try again."), 400)

    @app.errorhandler(HTTPException)
    def answered(error: HTTPException) -> tuple[str, int] | HTTPException:
        code = error.code or 500
        if code < 400:  # the router's own redirects
            return error
        sentences = {
            400: _("The browser sent something that we do not understand."),
            403: _("This page is not for you, or you are signed out."),
            404: _("This page does not exist."),
            405: _("This page cannot be used in this way."),
            413: _("What you sent is too large."),
            429: _("Too many tries. Wait a little, or call us."),
        }
        return error_page(sentences.get(code, _("Something went wrong on our side.")), code)

    @app.errorhandler(Busy)
    @app.errorhandler(OperationalError)
    def busy(error: Exception) -> tuple[str, int]:
        logging.getLogger(__name__).error("the database gave no answer: %s", error)
        return error_page(
            _("We cannot note anything at this moment. Try again in a minute, or call us."), 503
        )

    @app.errorhandler(Exception)
    def failed(error: Exception) -> tuple[str, int]:
        if app.testing:
            raise error
        logging.getLogger(__name__).exception("request failed: %s %s", request.method, request.path)
        return error_page(_("Something went wrong on our side."), 500)


def error_page(message: str, status: int) -> tuple[str, int]:
    """A plain sentence with its status; only the fragment when htmx asked."""
    template = "error_fragment.html" if request.headers.get("HX-Request") else "error.html"
    return render_template(template, message=message, status=status), status
