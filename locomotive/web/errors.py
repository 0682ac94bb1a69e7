"""What a page says when something went wrong: a plain sentence with its status."""

import logging

from flask import Flask, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from ..core.gate import Busy
from ..core.refusal import Refusal
from .language import sentence


def answer_errors(app: Flask) -> None:
    """Answer every failure with a sentence that a person understands."""

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> tuple[str, int]:
        return error_page(sentence(refusal), refusal.status)

    @app.errorhandler(SecurityError)
    def foreign_host(_error: SecurityError) -> tuple[str, int, dict[str, str]]:
        # No page can be built for a host that we do not answer to.
        return "This address is not ours.\n", 400, {"Content-Type": "text/plain"}

    @app.errorhandler(CSRFError)
    def stale(_error: CSRFError) -> tuple[str, int]:
        if app.config["SESSION_COOKIE_NAME"] not in request.cookies:
            return error_page(_NO_COOKIE, 400)
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


_NO_COOKIE = _l(
    "Your browser sent no cookie, and without one no basket can be kept. Allow the cookies of this "
    "site, then reload the page; or call us, we take your order by phone."
)


def error_page(message: str, status: int) -> tuple[str, int]:
    """A plain sentence with its status; only the fragment when htmx asked."""
    template = "error_fragment.html" if request.headers.get("HX-Request") else "error.html"
    return render_template(template, message=message, status=status), status
