"""A supplier's monthly statement: behind his link, and in the office."""

from flask import Blueprint, url_for

from ..core.clock import clock
from ..core.db import db
from ..farm.supplier import Supplier, supplier_of_token
from ..web.audience import audience
from ..web.view import Page, found
from .statement import statement_of
from .statement_page import month_or_404, statement_csv, statement_html, statement_pdf

room = Blueprint("statements", __name__)


def _farmer(token: str) -> Supplier:
    return supplier_of_token(db.session(), token, now=clock.now())


@room.get("/f/<token>/statements/<month>")
@audience("public")
def his(token: str, month: str) -> str:
    """The farmer reads and prints his month."""
    statement = statement_of(db.session(), _farmer(token), month_or_404(month))
    back = url_for("farmer.page", token=token)
    links = url_for("statements.his", token=token, month=month)
    return statement_html(statement, back=back, links=links)


@room.get("/f/<token>/statements/<month>.csv")
@audience("public")
def his_csv(token: str, month: str) -> Page:
    """The farmer's month as a table."""
    return statement_csv(statement_of(db.session(), _farmer(token), month_or_404(month)))


@room.get("/f/<token>/statements/<month>.pdf")
@audience("public")
def his_pdf(token: str, month: str) -> Page:
    """The farmer's month as paper."""
    page = url_for("statements.his", token=token, month=month)
    return statement_pdf(_farmer(token), month_or_404(month), page=page)


@room.get("/farm/suppliers/<key:supplier_id>/statements/<month>")
@audience("manager", "accountant")
def ours(supplier_id: int, month: str) -> str:
    """The office reads what a supplier reads."""
    statement = statement_of(db.session(), found(Supplier, supplier_id), month_or_404(month))
    back = url_for("suppliers.edit_supplier", supplier_id=supplier_id)
    links = url_for("statements.ours", supplier_id=supplier_id, month=month)
    return statement_html(statement, back=back, links=links)


@room.get("/farm/suppliers/<key:supplier_id>/statements/<month>.csv")
@audience("manager", "accountant")
def ours_csv(supplier_id: int, month: str) -> Page:
    """A supplier's month as a table."""
    supplier = found(Supplier, supplier_id)
    return statement_csv(statement_of(db.session(), supplier, month_or_404(month)))


@room.get("/farm/suppliers/<key:supplier_id>/statements/<month>.pdf")
@audience("manager", "accountant")
def ours_pdf(supplier_id: int, month: str) -> Page:
    """A supplier's month as paper."""
    page = url_for("statements.ours", supplier_id=supplier_id, month=month)
    return statement_pdf(found(Supplier, supplier_id), month_or_404(month), page=page)
