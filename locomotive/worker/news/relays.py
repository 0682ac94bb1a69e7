"""Relays: the other restaurants are asked, told and asked again, beside all other work."""

import logging
from datetime import timedelta

from flask_babel import force_locale
from flask_babel import gettext as _

from ...core.base import claim_due, wait_after
from ...core.clock import clock
from ...core.db import db, write_tx
from ...ordering.order import Order
from ...relays.relay import SPOKEN, Relay, give_back, go, lapse_offers
from ...relays.speech import Answer, Unheard, say
from ...relays.turn import heard, is_due_to_end, next_request
from ...web.language import euros
from ...web.view import settings

log = logging.getLogger(__name__)
CLAIMED_FOR = timedelta(seconds=60)  # a worker that dies meanwhile leaves it to the next
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=1)


def ask_neighbours() -> bool:
    """Say all that is due; a restaurant that does not answer holds no other back for long."""
    while True:
        with write_tx() as session:
            lapse_offers(session, now=clock.now())
            is_spoken = Relay.step.in_(SPOKEN)
            relay = claim_due(session, Relay, is_spoken, now=clock.now(), lasts=CLAIMED_FOR)
            relay_id = relay.id if relay else None
        db.session.remove()
        if relay_id is None:
            return True
        take_turn(relay_id)


def take_turn(relay_id: int) -> None:
    """Say what is next, outside of transactions, and write what follows."""
    relay = db.session.get_one(Relay, relay_id)
    step = relay.step
    if is_due_to_end(relay, now=clock.now()):
        answer: Answer | Unheard | None = None
    else:
        request = next_request(relay, settings(), goods=goods_of(relay.order))
        partner = relay.partner
        db.session.expunge_all()
        db.session.rollback()  # nothing is held while the other thinks
        try:
            answer = say(partner, request, secret=settings().secret_key, now=clock.now())
        except Unheard as error:
            answer = error
    with write_tx() as session:
        _write(session.get_one(Relay, relay_id), step, answer)


def goods_of(order: Order) -> str:
    """What the other's rider reads of an order: its bag, and what is to be paid at the door."""
    with force_locale("fr"):
        due = euros(order.to_collect_cents)
        return str(_("bag %(number)s, to collect: %(euros)s", number=order.number, euros=due))


def _write(relay: Relay, step: str, answer: Answer | Unheard | None) -> None:
    """What follows, unless somebody was faster: then the relay is at another step."""
    session, now = db.session(), clock.now()
    if relay.step != step:
        return
    if answer is None:
        # Something may stand there, unless it was never heard.
        over = "ended" if step == "ending" else "ending" if relay.code else "refused"
        if go(session, relay, over, now=now, why=relay.why):
            give_back(session, relay)
    elif isinstance(answer, Answer):
        heard(session, relay, answer, now=now)
    else:
        log.warning("relay %s, %s: %s", relay.id, step, answer)
        wait = wait_after(relay.tries, first=FIRST_WAIT, longest=LONGEST_WAIT)
        relay.state, relay.due_at, relay.why = "queued", now + wait, answer.words
