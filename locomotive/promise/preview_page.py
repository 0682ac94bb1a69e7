"""What a disruption would break, drawn before it is done."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for

from ..service.service import Service
from ..web.fields import parse_id
from ..web.language import day, first_up
from .disruption import Affected, Disruption
from .gone import Gone

SENT_ANEW = ("csrf_token", "stamp", "shown")  # fields of the preview's own form


def shown_before() -> dict[int, int | None]:
    """The proposals that the preview has shown: order id → slot id, None where there was none."""
    pairs = (text.partition(":") for text in request.form.getlist("shown"))
    return {id_: parse_id(slot) for order, _c, slot in pairs if (id_ := parse_id(order))}


def draw_preview(
    affected: Sequence[Affected], *, stamp: str, reason: str, back: str, **more: Any
) -> str:
    """What would change, order by order; the form is sent again as it is.

    `more`: `refused`, the sentence why it was not done; `gone` where a dish is gone; the
    `cancelled` orders; the `freed` rounds, which are planned anew.
    """
    usual = dict[str, Any](refused="", gone=False, cancelled=(), freed=())
    return render_template(
        "promise/preview.html",
        affected=affected,
        stamp=stamp,
        reason=reason,
        back=back,
        sent=[(k, v) for k, v in request.form.items(multi=True) if k not in SENT_ANEW],
        **(usual | more),
    )


def preview(service: Service, found: Disruption, reason: str, refused: str = "") -> str:
    """What would break, order by order, with what is proposed."""
    reason, back = _about(service, reason)
    return draw_preview(
        found.affected, stamp=found.stamp, reason=reason, back=back, refused=refused
    )


def gone_preview(service: Service, gone: Gone, reason: str, refused: str = "") -> str:
    """Which orders lose the dish."""
    reason, back = _about(service, reason)
    affected = [Affected(order, None) for order in gone.orders]
    return draw_preview(
        affected, stamp=gone.stamp, reason=reason, back=back, gone=True, refused=refused
    )


def _about(service: Service, reason: str) -> tuple[str, str]:
    """The reason with its day, and the way back to the lunch's page."""
    back = url_for("service_day.edit", day=service.date)
    return f"{reason} {first_up(day(service.date))}.", back
