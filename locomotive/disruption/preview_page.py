"""What an act would break, shown before it is done."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from flask import render_template, request, url_for
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tasks import SEND_MAILS, ask_worker
from ..promise.tentative_plan import PlanMoved
from ..service.service import Service
from ..web.fields import parse_id
from ..web.language import day, first_up, sentence
from ..web.view import ONCE, Page, is_first, settings
from .disruption import WAYS, Disruption, Upset, apply_disruption, what_breaks
from .gone import Gone
from .service_page import saved

NOTHING_MORE = {
    "refused": "",
    "gone": False,
    "cancelled_orders": (),
    "freed": (),
    "comparisons": (),
}
SENT_ANEW = ("csrf_token", "stamp", "shown")  # fields of the preview's own form
Found = TypeVar("Found", Disruption, Gone)


def shown_before() -> dict[int, int | None]:
    """The proposals that the preview has shown: order id → slot id, None where there was none."""
    pairs = (text.partition(":") for text in request.form.getlist("shown"))
    return {id_: parse_id(slot) for order, _c, slot in pairs if (id_ := parse_id(order))}


def disrupted(
    service: Service,
    upset: Upset,
    apply: Callable[[Session], None],
    *,
    reason: str,
    said: str,
) -> Page:
    """Apply what breaks no promise, or what was shown and confirmed; show everything else."""
    upset, depot = replace(upset, shown=shown_before()), settings().depot

    def look(session: Session) -> Disruption:
        return what_breaks(session, service, upset, depot=depot, now=clock.now())

    def apply_all(session: Session, found: Disruption) -> None:
        # The places are changed first: a moved order must not count in its old slot.
        apply_disruption(session, service, found, reason=reason, now=clock.now())
        apply(session)

    return shown_or_applied(
        service, look, apply_all, reason=reason, said=said, shown_again=PlanMoved
    )


def shown_or_applied(
    service: Service,
    look: Callable[[Session], Found],
    apply: Callable[[Session, Found], None],
    *,
    reason: str,
    said: str,
    shown_again: type[Refusal],
) -> Page:
    """Apply what touches no order, or what was shown and confirmed; show everything else, and show
    it again when it is refused so."""
    found = look(db.session())
    touches = found.affected or found.shipments
    if touches and (not found.is_sure or request.form.get("stamp") != found.stamp):
        return preview(service, found, reason), 200
    try:
        with write_tx() as session:
            acts = is_first(session)
            if acts:
                apply(session, found)
    except shown_again as refusal:
        return preview(service, look(db.session()), reason, sentence(refusal)), refusal.status
    if found.affected:
        ask_worker(SEND_MAILS)
    return saved(service, said if acts else str(ONCE))


def preview(service: Service, found: Disruption | Gone, reason: str, refused: str = "") -> str:
    """Order by order, what would break and what is proposed, on the way to a lunch's page."""
    return render_preview(
        answers_of(found),
        reason=f"{reason} {first_up(day(service.date))}.",
        back=url_for("service_day.edit", day=service.date),
        gone=isinstance(found, Gone),
        refused=refused,
    )


def answers_of(found: Disruption | Gone, and_then: str = "") -> list[tuple[Disruption | Gone, str]]:
    """The answers to choose from, each with the stamp by which it is done; `and_then` is what the
    stamp tells besides."""
    others = found.others if isinstance(found, Disruption) else ()
    return [(one, f"{one.stamp}{and_then}") for one in (found, *others)]


def render_preview(
    answers: Sequence[tuple[Disruption | Gone, str]], *, reason: str, back: str, **more: Any
) -> str:
    """What would change, order by order, in each of the answers with its stamp; the form is sent
    again as it is.

    `more`: `refused`, the sentence why it was not done; `gone` where a dish is gone; the
    `cancelled_orders`; the `freed` rounds, which are planned anew; for each answer the rounds
    before and after, as `comparisons`.
    """
    return render_template(
        "disruption/preview.html",
        answers=answers,
        affected=answers[0][0].affected,
        WAYS=WAYS,
        reason=reason,
        back=back,
        sent=[(k, v) for k, v in request.form.items(multi=True) if k not in SENT_ANEW],
        **(NOTHING_MORE | more),
    )
