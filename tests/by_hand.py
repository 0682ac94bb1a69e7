"""Changing rounds by hand as the desk does: look at the effect, then confirm it."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from locomotive.rounds.round import Round, RoundStop

PAGE = "/delivery/2026-11-24/"


def look(client: FlaskClient, wish: str, round_: Round, **fields: object) -> TestResponse:
    """What a change of a round would do."""
    data = {"number": round_.number, "seen": round_.stamp, **fields}
    return client.post(f"{PAGE}amend/{wish}", data=data)


def amend(client: FlaskClient, wish: str, round_: Round, **fields: object) -> TestResponse:
    """The change, done as it was shown; where it cannot be done, the page that says so."""
    shown = look(client, wish, round_, **fields)
    stamp = re.search(r'name="shown" value="(\w+)"', shown.text)
    if not stamp or "Do it" not in shown.text:
        return shown
    return look(client, wish, round_, shown=stamp[1], **fields)


def move(client: FlaskClient, stop: RoundStop, to: object, position: object = 1) -> TestResponse:
    """A stop moved to a position of a round, or to a round of its own ("new-1")."""
    fields = {"stop": stop.id, "to_round": to, "position": position}
    return amend(client, "move", stop.round, **fields)


def undo(client: FlaskClient) -> TestResponse:
    """The last change by hand undone by the page's own button."""
    address = re.search(r'action="([^"]*/amendments/\d+/undo)"', client.get(PAGE).text)
    assert address, "nothing can be undone"
    return client.post(address[1])


def order_of_stops(rounds: list[Round]) -> list[list[str]]:
    """The places of each round in their order."""
    return [[stop.place_name for stop in round_.stops] for round_ in rounds]
