"""The record of processing, to print."""

from flask import Blueprint, render_template

from ..core.clock import clock
from ..web.audience import audience
from ..web.view import settings
from .record import ACTIVITIES, MEASURES, columns_of

room = Blueprint("record", __name__)


@room.get("/office/record")
@audience("manager")
def record() -> str:
    """What the house does with data of persons, as article 30 of the GDPR asks it."""
    house = settings()
    return render_template(
        "privacy/record.html",
        activities=ACTIVITIES,
        measures=MEASURES,
        columns_of=columns_of,
        today=clock.today(),
        backups={
            "days": house.backup_days,
            "weeks": house.backup_weeks,
            "months": house.backup_months,
        },
    )
