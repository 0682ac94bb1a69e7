"""What a monitoring program asks for."""

import hmac

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from ..accounts.device import alive_folder
from ..core.clock import clock
from ..core.db import db
from ..web.audience import audience
from ..web.view import settings
from .metrics import scraped

room = Blueprint("metrics", __name__)


@room.get("/metrics")
@audience("public")
def metrics() -> Response:
    """Counts for Prometheus: for its own token, or from this machine itself."""
    if not _may_read():
        abort(403)
    body = scraped(
        db.session(),
        depot=settings().depot,
        screens=alive_folder(settings().files),
        now=clock.now(),
    )
    return Response(body, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read() -> bool:
    token = settings().metrics_token
    if token:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(shown.encode(), token.encode())
    # A proxy speaks from this machine too, and says for whom.
    is_forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.remote_addr in ("127.0.0.1", "::1") and not is_forwarded
