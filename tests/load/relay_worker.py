"""The worker of a house that shares its tricycles, for trials: offers are accepted by themselves
and looked at every second. Run as a program of its own.

With "hasty" (the control) an order counts as handed over with the offer, and the offer is accepted
later.
"""

from __future__ import annotations

import logging
import sys
from datetime import timedelta

from sqlalchemy import select

from locomotive.commands.serve import worker
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.refusal import Refusal
from locomotive.relays import turn
from locomotive.relays.relay import Relay, accept_offer, hand_over
from locomotive.worker import post
from locomotive.worker.news import relays
from locomotive.worker.queue import Jobs
from wsgi import app

SOON, LATER = timedelta(seconds=1), timedelta(minutes=2)


def accept_all(is_hasty: bool) -> None:
    """What the manager would press."""
    for relay_id in db.session.scalars(select(Relay.id).where(Relay.step == "offered")).all():
        try:
            with write_tx() as session:
                relay = session.get_one(Relay, relay_id)
                if is_hasty and clock.now() - relay.made_at < LATER:
                    hand_over(session, relay)
                else:
                    accept_offer(session, relay, now=clock.now())
        except Refusal:
            continue


def speak() -> bool:
    """Say what is due, and press for the manager."""
    done = relays_ask()
    accept_all("hasty" in sys.argv)
    return done


relays_ask = relays.ask_neighbours

if __name__ == "__main__":
    logging.disable(logging.WARNING)
    turn.LOOK = SOON
    relays.FIRST_WAIT = relays.LONGEST_WAIT = SOON
    relays.CLAIMED_FOR = timedelta(seconds=5)
    post.LOOK = 0.5
    with app.app_context():
        jobs: Jobs = app.extensions["jobs"]
        jobs.relays = post.Post(app, "relays", speak)
        worker.callback()  # type: ignore[misc]
