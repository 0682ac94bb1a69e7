"""What a disruption would break, drawn before it is done."""

from flask import render_template, request, url_for

from ..service.service import Service
from ..web.fields import parse_id
from .disruption import Affected, Disruption
from .gone import Gone

SENT_ANEW = ("csrf_token", "stamp", "shown")  # fields of the preview's own form


def shown_before() -> dict[int, int | None]:
    """The proposals that the preview has shown: order id → slot id, None where there was none."""
    pairs = (text.partition(":") for text in request.form.getlist("shown"))
    return {id_: parse_id(slot) for order, _c, slot in pairs if (id_ := parse_id(order))}


def preview(service: Service, found: Disruption, reason: str, refused: str = "") -> str:
    """What would break, order by order, with what is proposed; the form is sent again as it is."""
    return render_template(
        "promise/disruption.html",
        service=service,
        affected=found.affected,
        gone=None,
        reason=reason,
        refused=refused,
        stamp=found.stamp,
        sent=[(k, v) for k, v in request.form.items(multi=True) if k not in SENT_ANEW],
        back=url_for("service_day.edit", day=service.date),
    )


def gone_preview(service: Service, gone: Gone, reason: str, refused: str = "") -> str:
    """Which orders lose the dish; the form is sent again as it is."""
    return render_template(
        "promise/disruption.html",
        service=service,
        affected=[Affected(order, None) for order in gone.orders],
        gone=gone,
        reason=reason,
        refused=refused,
        stamp=gone.stamp,
        sent=[(k, v) for k, v in request.form.items(multi=True) if k not in SENT_ANEW],
        back=url_for("service_day.edit", day=service.date),
    )
