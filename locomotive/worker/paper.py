"""Papers and sheets made by the worker."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Condition

from flask import current_app
from flask_babel import force_locale

from ..batches.gift_page import gift_html, gift_path
from ..batches.leftover import leftovers_between
from ..buying.purchase import Purchase
from ..buying.purchase_page import purchase_path
from ..buying.purchase_page import sheet_html as purchase_html
from ..core.clock import clock, day_of
from ..core.db import db
from ..farm.supplier import Supplier
from ..farmer.statement import statement_of
from ..farmer.statement_page import statement_html, statement_path
from ..hygiene.month_page import month_html, month_path
from ..kitchen.production import production_sheet
from ..ordering.content_change import changes_of
from ..ordering.order import orders_of
from ..papers.edition import keep_said
from ..papers.making.twin import pdf
from ..papers.paper import ON_A4, PAPERS, ROLL_MARGIN, ROLL_WIDTH, is_pack_due, last_pack, pack_path
from ..papers.paper_page import paper_html
from ..papers.pdf import NoPango, roll_pdf
from ..papers.sheet import sheet_path
from ..papers.sheet_page import sheet_html
from ..partners.shipment_page import statement_html as partner_html
from ..partners.shipment_page import statement_path as partner_path
from ..partners.statement import statement_of as shipments_of_month
from ..rounds.round import Round, rounds_of
from ..service.service import Service, service_of
from ..shipments.partner import Partner
from ..use_by.label_page import label_html, label_path
from ..use_by.opened import OpenedFood
from ..web.paper import asked_note, missing_note
from ..web.view import settings

log = logging.getLogger(__name__)
ROLL, MARGIN = 62.0, 3.0  # mm
# The sheets that threads of the worker make now: the same one never twice, others side by side.
_in_work: set[tuple[int, str]] = set()
_sheet_made = Condition()


def make_sheet(round_id: int, language: str) -> None:
    """Make the PDF of a round's sheet, once however often it is asked for; without Pango a note
    stands in its place."""
    with _alone_with((round_id, language)):
        round_ = db.session.get(Round, round_id, populate_existing=True)
        if round_ is not None:
            path = sheet_path(settings().files, round_, language)
            if not path.exists():
                _make_sheet(round_, language, path)


@contextmanager
def _alone_with(sheet: tuple[int, str]) -> Iterator[None]:
    with _sheet_made:
        _sheet_made.wait_for(lambda: sheet not in _in_work)
        _in_work.add(sheet)
    try:
        yield
    finally:
        with _sheet_made:
            _in_work.discard(sheet)
            _sheet_made.notify_all()


def _make_sheet(round_: Round, language: str, path: Path) -> None:
    house = settings()
    with current_app.test_request_context(base_url=house.public_url), force_locale(language):
        html = sheet_html(round_, is_pdf=True)
    _keep_pdf(html, path)


def make_purchase_sheet(purchase_id: int, language: str) -> None:
    """Make the PDF of an order to a supplier."""
    house = settings()
    purchase = db.session.get(Purchase, purchase_id)
    if purchase is None:
        return
    path = purchase_path(purchase, language)
    with current_app.test_request_context(base_url=house.public_url), force_locale(language):
        html = purchase_html(purchase, is_pdf=True)
    _keep_pdf(html, path)


def make_statement(supplier_id: int, month: str, language: str) -> None:
    """Make the PDF of a supplier's month."""
    supplier, day = db.session.get(Supplier, supplier_id), day_of(month)
    if supplier is None or day is None:
        return
    statement = statement_of(db.session(), supplier, day)
    path = statement_path(statement, language)
    with current_app.test_request_context(base_url=settings().public_url), force_locale(language):
        html = statement_html(statement)
    _keep_pdf(html, path)


def make_partner_statement(partner_id: int, month: str, language: str) -> None:
    """Make the PDF of a partner's month."""
    partner, day = db.session.get(Partner, partner_id), day_of(month)
    if partner is None or day is None:
        return
    statement = shipments_of_month(db.session(), partner, day)
    path = partner_path(statement, language)
    with current_app.test_request_context(base_url=settings().public_url), force_locale(language):
        html = partner_html(statement)
    _keep_pdf(html, path)


def make_gift_sheet(day: str, language: str) -> None:
    """Make the PDF of the sheet of a day's gift; nothing where nothing is given any more."""
    house, wanted = settings(), date.fromisoformat(day)
    given = [row for row in leftovers_between(db.session(), wanted, wanted) if row.given]
    if given:
        with current_app.test_request_context(base_url=house.public_url), force_locale(language):
            path, html = gift_path(wanted, given, language), gift_html(wanted, is_pdf=True)
        _keep_pdf(html, path)


def make_hygiene_month(day: str, language: str) -> None:
    """Make the PDF of a month of food safety; the ones made before go."""
    house, wanted = settings(), date.fromisoformat(day)
    with current_app.test_request_context(base_url=house.public_url), force_locale(language):
        path = month_path(wanted, language, now=clock.now())
        html = month_html(wanted, is_pdf=True)
    for older in path.parent.glob(f"hygiene-{wanted:%Y-%m}-*-{language}.*"):
        older.unlink(missing_ok=True)
    _keep_pdf(html, path)


def make_use_by_label(food_id: int, language: str) -> None:
    """Make the PDF of a secondary use-by label, as long as it needs."""
    food = db.session.get(OpenedFood, food_id)
    if food is None:
        return
    with current_app.test_request_context(base_url=settings().public_url), force_locale(language):
        path, html = label_path(food, language), label_html(food, is_pdf=True)
    _keep_drawn(lambda: roll_pdf(html, width=ROLL, margin=MARGIN), path)


def _keep_pdf(html: str, path: Path) -> None:
    _keep_drawn(lambda: pdf(html), path)


def _keep_drawn(draw: Callable[[], bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        content = draw()
    except NoPango:
        log.exception("no PDF of a paper: Pango is missing on this machine")
        missing_note(path).touch()
        return
    _keep(path, content)
    asked_note(path).unlink(missing_ok=True)


def make_due_papers() -> None:
    """Make the paper pack of today's lunch when a cut-off, a release or a change of what is in
    ordered dishes came after the last one."""
    house = settings()
    service = service_of(db.session(), clock.today())
    if service is None:
        return
    made = last_pack(house.files, service.date, "pack")
    reasons = [r.released_at for r in rounds_of(db.session(), service) if r.released_at]
    if made:
        reasons += [change.at for change in changes_of(db.session(), service)]
    if is_pack_due(service, made[1] if made else None, reasons, now=clock.now()):
        make_papers(service.id, "fr")


def make_papers(service_id: int, language: str) -> None:
    """Make the paper pack of a lunch: all its papers as one PDF, the roll's labels as another."""
    house = settings()
    service = db.session.get(Service, service_id)
    if service is None:
        return
    at = clock.now()
    with current_app.test_request_context(base_url=house.public_url), force_locale(language):
        pages = {paper: paper_html(service, paper, is_pdf=True) for paper in PAPERS}
        sheet = production_sheet(orders_of(db.session(), service))
        rounds = [r for r in rounds_of(db.session(), service) if r.orders]
        sheets = [sheet_html(round_, is_pdf=True) for round_ in rounds]
    try:
        files = {
            "pack": pdf(*(pages[paper] for paper in ON_A4), *sheets, prints=True),
            "labels": roll_pdf(
                pages["labels-roll"], width=ROLL_WIDTH, margin=ROLL_MARGIN, prints=True
            ),
        }
    except NoPango:
        log.exception("no paper pack: Pango is missing on this machine")
        return
    for form, content in files.items():
        _keep(pack_path(house.files, service.date, form, now=at), content)
    keep_said(pack_path(house.files, service.date, "pack", now=at), sheet)


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)
