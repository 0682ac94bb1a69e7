"""What is not well today, in words, each with the page where it is mended."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from ..backups.run import BackupState
from ..buying.note import notes_to_receive
from ..buying.purchase import purchases_late, purchases_unsent
from ..core.clock import local
from ..hygiene.due import due_points
from ..hygiene.reading import open_alarms
from ..menu.menu import Menu
from ..ordering.content_change import to_reprint, untold, wishes_undecided
from ..origins.sale import stopped_days, unanswered_between
from ..origins.sale_page import answer_page, off_sale_words
from ..printers.job import open_questions
from ..printers.printer import CONDITIONS, Condition, printers_in_trouble
from ..promise.risk import Promises
from ..service.service import KINDS, Service
from ..service.slot import Slot
from ..shop.offer import lacks_for_delivery
from ..web.language import moment, odds, short_day
from .condition import Finding
from .home import Figures


@dataclass(frozen=True)
class Concern:
    """Something that is not well: a sentence, and the page where it is mended."""

    sentence: str
    url: str
    link: str
    is_urgent: bool = True


def concerns(
    service: Service, menu: Menu | None, slots: list[Slot], figures: Figures, *, now: datetime
) -> list[Concern]:
    """What is not well, the most urgent first; empty when all is well."""
    return [
        *_selling_concerns(service, menu, slots, now=now),
        *_riding_concerns(service, figures, now=now),
        *_mail_concerns(figures),
    ]


def finding_words(found: Finding) -> str:
    """What was found of the machine, in the language in use."""
    values = {k: moment(v) if isinstance(v, datetime) else v for k, v in found.values.items()}
    return str(_(found.sentence, **values))


def condition_concerns(condition: list[Finding]) -> list[Concern]:
    """What of the machine cannot wait."""
    return [
        Concern(finding_words(found), "#machine", _("See the machine"))
        for found in condition
        if found.is_urgent and not found.is_well
    ]


def promise_concerns(service: Service, promises: Promises) -> list[Concern]:
    """The deliveries that no plan found can keep any more, and those that are kept less surely."""
    found = []
    if promises.at_risk:
        words = ngettext(
            "%(num)s promise cannot be kept as things stand: %(names)s.",
            "%(num)s promises cannot be kept as things stand: %(names)s.",
            len(promises.at_risk),
            names=", ".join(f"{o.first_name} ({o.number})" for o in promises.at_risk),
        )
        page = url_for("service_day.edit", day=service.date)
        found.append(Concern(words, page, _("Go to the service")))
    if promises.weak:
        names = (f"{o.first_name} ({o.number}, {odds(sure)})" for o, sure in promises.weak)
        words = ngettext(
            "%(num)s promise is kept less surely than was asked: %(names)s.",
            "%(num)s promises are kept less surely than was asked: %(names)s.",
            len(promises.weak),
            names=", ".join(names),
        )
        page = url_for("dispatch.plan", day=service.date)
        found.append(Concern(words, page, _("Go to the rounds"), is_urgent=False))
    return found


def farm_concerns(session: Session, service: Service, *, now: datetime) -> list[Concern]:
    """Changed dishes that nobody has told, orders whose mail is stuck, goods at the door."""
    found = []
    lines = untold(session, service)
    page = url_for("content.changes", day=service.date)
    if lines:
        words = ngettext(
            "What is in dishes has changed: %(num)s order line is not told yet.",
            "What is in dishes has changed: %(num)s order lines are not told yet.",
            lines,
        )
        found.append(Concern(words, page, _("See what changed")))
    for order in wishes_undecided(session, service):
        words = _(
            "Bag %(number)s (%(name)s) contains what it must not.",
            number=order.number,
            name=order.first_name,
        )
        found.append(Concern(words, url_for("content.wish", order_id=order.id), _("Decide")))
    numbers = to_reprint(session, service)
    if numbers:
        words = _("Labels to print again: %(numbers)s.", numbers=", ".join(str(n) for n in numbers))
        found.append(Concern(words, page, _("See what changed")))
    if purchases_unsent(session, now=now):
        words = _("The mail of an order to a supplier does not go: call the supplier.")
        found.append(Concern(words, url_for("buying.purchases_page"), _("Go to the purchases")))
    for purchase in purchases_late(session, today=local(now).date()):
        words = _(
            "Order %(number)s of %(supplier)s should have come on %(day)s.",
            number=purchase.id,
            supplier=purchase.supplier.name,
            day=short_day(purchase.for_day),
        )
        found.append(Concern(words, url_for("buying.purchases_page"), _("Go to the purchases")))
    for note in notes_to_receive(session):
        words = _("%(supplier)s has announced a delivery.", supplier=note.supplier.name)
        page = url_for("notes.receive", note_id=note.id)
        found.append(Concern(words, page, _("Receive it"), is_urgent=False))
    return found


def hygiene_concerns(session: Session, *, today: date) -> list[Concern]:
    """Controls of food safety that nobody does, and readings of which nobody said what was done."""
    page = url_for("hygiene_office.points")
    found = [
        Concern(
            _(
                "%(name)s: days of work without it: %(days)s.",
                name=one.point.name,
                days=one.missed,
            ),
            page,
            _("Go to food safety"),
        )
        for one in due_points(session, today=today)
        if one.is_late
    ]
    waiting = len(open_alarms(session))
    if waiting:
        words = ngettext(
            "%(num)s reading was out of range: nobody said what was done.",
            "%(num)s readings were out of range: nobody said what was done.",
            waiting,
        )
        found.append(Concern(words, page, _("Go to food safety")))
    return found


def sale_concerns(session: Session, *, today: date) -> list[Concern]:
    """The dishes on published menus that nobody can order until a question is answered."""
    stopped = stopped_days(session, today=today)
    found = unanswered_between(session, today, max(stopped)) if stopped else {}
    return [
        Concern(
            _(
                "%(dish)s (%(day)s): %(why)s",
                dish=missing.dish.name,
                day=short_day(day),
                why=off_sale_words(missing),
            ),
            answer_page(missing),
            _("Answer it"),
        )
        for day, dishes in found.items()
        for missing in dishes.values()
    ]


def delivery_concerns(session: Session, service: Service, *, now: datetime) -> list[Concern]:
    """What deliveries lack, as long as they could still be ordered."""
    if now >= service.delivery_cutoff or not service.is_open:
        return []
    lacks = lacks_for_delivery(session, service)
    if lacks == "place":
        words = _("No place is named and no address is known: no delivery is offered.")
        return [Concern(words, url_for("places.office"), _("Go to the places"), is_urgent=False)]
    if not lacks:
        return []
    words = (
        _("No tricycle rides on that day: no delivery is offered.")
        if lacks == "tricycle"
        else _("No slot for deliveries lies in the hours of a tricycle: no delivery is offered.")
    )
    page = url_for("service_day.edit", day=service.date)
    return [Concern(words, page, _("Go to the service"), is_urgent=False)]


def printer_concerns(session: Session) -> list[Concern]:
    """The printers that print nothing just now, and prints that were broken off."""
    page = url_for("printers.office")
    found = [
        Concern(
            f"{printer.name}: {_(CONDITIONS[Condition(printer.condition)])}.", page, _("See it")
        )
        for printer in printers_in_trouble(session)
    ]
    number = len(open_questions(session))
    if number:
        words = ngettext(
            "%(num)s print was broken off: look whether it came out.",
            "%(num)s prints were broken off: look whether they came out.",
            number,
        )
        found.append(Concern(words, page, _("See it")))
    return found


def backup_concerns(state: BackupState, *, since: datetime | None, now: datetime) -> list[Concern]:
    """No good backup for two days, though there is something to lose since an instant."""
    if not state.is_old(now=now, since=since):
        return []
    words = _("There is no good backup of the last two days: call whoever keeps the server.")
    return [Concern(words, "#backups", _("See the backups"))]


def _selling_concerns(
    service: Service, menu: Menu | None, slots: list[Slot], *, now: datetime
) -> list[Concern]:
    menu_page = url_for("menu.edit_menu", day=service.date)
    found = []
    if menu is None or menu.published_at is None:
        words = _("The menu is not published: nobody can order.")
        found.append(Concern(words, menu_page, _("Go to the menu")))
    elif now < service.last_cutoff() and not any(p.remaining for p in menu.portions):
        words = _("Everything is sold out.")
        found.append(Concern(words, menu_page, _("Go to the menu"), is_urgent=False))
    if now >= service.last_cutoff():
        return found
    service_page = url_for("service_day.edit", day=service.date)
    if not service.is_open:
        words = _("The lunch is closed: it takes no orders.")
        found.append(Concern(words, service_page, _("Go to the service")))
        return found
    found += [
        Concern(words, service_page, _("Go to the service"), is_urgent=False)
        for words in _full_kinds(service, slots, now=now)
    ]
    return found


def _full_kinds(service: Service, slots: list[Slot], *, now: datetime) -> list[str]:
    """Of which kinds no meal can be ordered, though it is not too late for it."""
    words = {
        "take-away": _("Take-away: no slot is free."),
        "delivery": _("Delivery: no slot is free."),
    }
    # A delivery without any slot is said beside what else it lacks.
    there = {"take-away", *(slot.kind for slot in slots)}
    asked = [kind for kind in KINDS if now < service.cutoff(kind) and kind in there]
    full = [k for k in asked if not any(s.kind == k and s.free and s.takes(1) for s in slots)]
    if len(full) == len(KINDS):
        return [_("Every slot is full.")]
    return [words[kind] for kind in full]


def _riding_concerns(service: Service, figures: Figures, *, now: datetime) -> list[Concern]:
    is_late = now >= service.delivery_cutoff
    left_out = len(figures.unassigned)
    waiting = max(0, figures.in_no_round - left_out) if is_late else 0
    held_back = figures.rounds - figures.released if is_late else 0
    found = []
    if left_out:
        words = ngettext(
            "%(num)s delivery found no place in the rounds.",
            "%(num)s deliveries found no place in the rounds.",
            left_out,
        )
        found.append(_to_rounds(service, words))
    if waiting:
        words = ngettext(
            "%(num)s delivery is in no round yet.",
            "%(num)s deliveries are in no round yet.",
            waiting,
        )
        found.append(_to_rounds(service, words))
    if held_back:
        words = ngettext(
            "%(num)s round is not released yet.",
            "%(num)s rounds are not released yet.",
            held_back,
        )
        found.append(_to_rounds(service, words, is_urgent=False))
    return found


def _to_rounds(service: Service, words: str, *, is_urgent: bool = True) -> Concern:
    page = url_for("dispatch.plan", day=service.date)
    return Concern(words, page, _("Go to the rounds"), is_urgent)


def _mail_concerns(figures: Figures) -> list[Concern]:
    if not figures.mails_stuck:
        return []
    words = ngettext(
        "%(num)s mail is stuck: call the customer.",
        "%(num)s mails are stuck: call the customers.",
        figures.mails_stuck,
    )
    return [Concern(words, url_for("mails.mails"), _("Go to the mails"))]
