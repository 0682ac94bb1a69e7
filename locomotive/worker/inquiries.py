"""Answering in the worker what a checkout page is not sure of yet."""

import logging

import routing

from ..core.clock import clock
from ..core.db import db, write_tx
from ..promise.inquiry import Inquiry, Subject, note_answer, open_inquiries
from ..promise.question import decide_slot
from ..promise.tentative_plan import current_plan
from ..service.service import Service
from ..service.slot import Slot
from ..web.view import settings

log = logging.getLogger(__name__)
NOTHING = routing.Answer(None, is_proven=False)


def answer_inquiries() -> None:
    """Look for each open question with all the work there is, the oldest first."""
    for inquiry in open_inquiries(db.session(), now=clock.now()):
        answer = _answer(inquiry)
        inquiry_id = inquiry.id
        db.session.rollback()
        with write_tx() as session:
            note_answer(session, inquiry_id, answer, now=clock.now())


def _answer(inquiry: Inquiry) -> routing.Answer:
    """The answer; nothing was found for a question that is out of date, or makes no sense."""
    session = db.session()
    slot = session.get_one(Slot, inquiry.slot_id)
    service = session.get_one(Service, slot.service_id)
    seen = current_plan(session, service).version
    subject = Subject(inquiry.address, inquiry.boxes, inquiry.instead_of_id, seen)
    if subject.key(slot.id) != inquiry.key:
        return NOTHING
    try:
        found = decide_slot(
            session, service, slot, subject, depot=settings().depot, now=clock.now()
        )
    except (routing.InvalidProblem, routing.InvalidPlan):
        log.exception("inquiry %s cannot be answered", inquiry.id)
        return NOTHING
    return found or NOTHING
