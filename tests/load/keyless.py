"""The control: the same application without the key that makes a repeated send harmless."""

from dataclasses import replace
from secrets import token_urlsafe
from typing import Any

from sqlalchemy.orm import Session

from locomotive.promise import keeping
from wsgi import app as app

rule = keeping.promise_order


def place_each_send(session: Session, request: Any, *more: Any, **named: Any) -> Any:
    return rule(session, replace(request, key=token_urlsafe(24)), *more, **named)


keeping.promise_order = place_each_send
