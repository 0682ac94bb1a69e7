"""What the worker does each minute and each night."""

import logging
from datetime import timedelta

from ..accounts.rate import forget_rates
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.mark import note_worker
from ..farm.lot import wrong_stocks
from ..kitchen.press import forget_presses
from ..ordering.counter import wrong_counters
from ..ordering.erasure import erase_contacts, erase_exceptions
from ..papers.paper import old_packs
from ..places.roads import forget_old_passages
from ..practice.copy import old_copies, throw_away
from ..promise.hold import expire_holds
from ..promise.promise import judge_promises
from ..web.view import settings
from .mails import send_mails
from .roads import make_roads

log = logging.getLogger(__name__)
CONTACT_IS_KEPT = timedelta(days=30)


def every_minute() -> None:
    """Say that we are alive, give up holds that are over, note which promises were kept, send
    what is due."""
    with write_tx() as session:
        note_worker(session, now=clock.now())
        expire_holds(session, now=clock.now())
        judge_promises(session, now=clock.now())
    send_mails()


def tidy_up() -> None:
    """Each night: check the counters, forget old tries, erase what is no longer due (contacts
    after a month; what bags must not contain, and the papers that say it, the night after), and
    open the passages whose last day is over."""
    for sentence in wrong_counters(db.session()) + wrong_stocks(db.session()):
        log.error("counters do not add up: %s", sentence)
    with write_tx() as session:
        forget_rates(session, before=clock.now() - timedelta(days=1))
        forget_presses(session, now=clock.now())
        erase_contacts(session, before=clock.now() - CONTACT_IS_KEPT)
    with write_tx() as session:
        is_over = forget_old_passages(session, day=clock.today())
    if is_over:
        make_roads()
    today = clock.today()
    with write_tx() as session:
        erase_exceptions(session, before=today)
    house = settings()
    for path in old_packs(house.instance, before=today):
        path.unlink()
    for path in old_copies(house.instance):
        throw_away(path)
