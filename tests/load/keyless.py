"""The control: the same application without the key that makes a repeated send harmless."""

from dataclasses import replace
from secrets import token_urlsafe
from typing import Any

from sqlalchemy.orm import Session

from locomotive.ordering import views
from wsgi import app as app

rule = views.place_order


def place_each_send(session: Session, request: Any, basket: Any, **more: Any) -> Any:
    return rule(session, replace(request, key=token_urlsafe(24)), basket, **more)


views.place_order = place_each_send
