"""The control: the same application without the key that makes a repeated send harmless."""

from dataclasses import replace
from secrets import token_urlsafe
from typing import Any

from sqlalchemy.orm import Session

from locomotive.shop import checkout_views
from wsgi import app as app

rule = checkout_views.promise_order


def place_each_send(session: Session, request: Any, *more: Any, **named: Any) -> Any:
    return rule(session, replace(request, key=token_urlsafe(24)), *more, **named)


checkout_views.promise_order = place_each_send
