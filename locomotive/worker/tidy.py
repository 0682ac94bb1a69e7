"""What the worker does each minute and each night."""

import logging
from datetime import timedelta

from ..core.clock import clock
from ..core.db import db, rewrite_file, write_tx
from ..core.mark import forget_sent_forms, note_worker
from ..kitchen.press import forget_presses
from ..partners.offer import end_offers
from ..places.roads import forget_old_passages
from ..printers.job import forget_jobs
from ..privacy.erasure import erase_due, erase_files
from ..promise.hold import expire_holds
from ..promise.promise import judge_promises
from ..trail.line import forget_lines
from ..verification.facts import wrong_facts
from ..web.view import settings
from .roads import make_roads

log = logging.getLogger(__name__)
FORMS_ARE_KNOWN = timedelta(days=7)


def every_minute() -> None:
    """Say that we are alive, give up holds and offers that are over, and note which promises were
    kept."""
    with write_tx() as session:
        note_worker(session, now=clock.now())
        expire_holds(session, now=clock.now())
        end_offers(session, now=clock.now())
        judge_promises(session, now=clock.now())


def tidy_up() -> None:
    """Each night: look whether what stands in the database agrees with itself, erase what is no
    longer due, and open the passages whose last day is over."""
    house, at = settings(), clock.now()
    for sentence in wrong_facts(db.session(), depot=house.depot, today=clock.today()):
        log.error("not right: %s", sentence)
    with write_tx() as session:
        erased = erase_due(session, depot=house.depot, now=at)
        forget_presses(session, now=at)
        forget_jobs(session, now=at)
        forget_lines(session, now=at)
        forget_sent_forms(session, before=at - FORMS_ARE_KNOWN)
    erase_files(house.files, now=at)
    if erased:
        rewrite_file()
    with write_tx() as session:
        is_over = forget_old_passages(session, day=clock.today())
    if is_over:
        make_roads()
