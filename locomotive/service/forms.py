"""Forms of services, slots, shifts, tricycles and closed days."""

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from ..core.clock import local
from ..menu.dish import STATIONS
from ..web.fields import DayField, Form, SelectChoice, WallField, WholeField, clean
from ..web.language import clock_time
from .fleet import USUAL_SHIFT, Shift, Tricycle
from .service import (
    MOST_SLOWER,
    RELIABILITIES,
    USUAL_END,
    USUAL_SLOT,
    USUAL_START,
    WEATHERS,
    Service,
)
from .slot import LONGEST, MAXIMUM_CAPACITY, MAXIMUM_SLOT_PORTIONS, SHORTEST, Capacity, Slot

MINUTE = timedelta(minutes=1)
MAXIMUM_BOXES = 500
NO_LIMIT = -1  # what an empty field of a limit stands for


class NewServiceForm(Form):
    """The day of a lunch to prepare."""

    date = DayField(_("Day"))


class ServiceForm(Form):
    """Whether a service takes orders, and until when."""

    is_open = BooleanField(_("This lunch takes orders"))
    delivery_cutoff = WallField(_("Orders for delivery close at"))
    takeaway_cutoff = WallField(_("Orders for take-away close at"))
    reliability = SelectField(
        _("How sure a promised time is"),
        coerce=int,
        choices=[SelectChoice(days, _(words)) for days, words in RELIABILITIES.items()],
    )


class WeatherForm(Form):
    """By how much every ride takes longer that day, and why."""

    weather = SelectField(
        _("Weather"),
        choices=[SelectChoice(code, _(words)) for code, words in WEATHERS.items()],
    )
    slower_percent = WholeField(_("Rides take longer, in %"), most=MOST_SLOWER, default=0)


class GridForm(Form):
    """From when to when slots are laid, and how long each is."""

    start = WallField(_("First slot at"), default=USUAL_START)
    end = WallField(_("Last slot ends at"), default=USUAL_END)
    length = WholeField(
        _("Length in minutes"),
        least=SHORTEST // MINUTE,
        most=LONGEST // MINUTE,
        default=USUAL_SLOT // MINUTE,
    )


class SlotsForm(Form):
    """Capacities and closure of each slot; three fields a slot."""

    def slots(self) -> dict[int, Capacity]:
        """Slot id → what it takes."""
        ids = [int(name.removeprefix("capacity-")) for name in self._fields if "capacity-" in name]
        return {
            i: Capacity(
                self[f"capacity-{i}"].data,
                self[f"portions-{i}"].data or MAXIMUM_SLOT_PORTIONS,
                self[f"closed-{i}"].data,
            )
            for i in ids
        }


class StationsForm(Form):
    """Minutes of work of each station in one slot; an empty field sets no limit."""

    def minutes(self) -> dict[str, int | None]:
        """Station → minutes, None without a limit."""
        return {station: self[f"minutes-{station}"].data for station in STATIONS}


class ShiftsForm(Form):
    """When each tricycle rides; three fields a shift."""

    def shifts(self) -> dict[int, tuple[time, time, bool]]:
        """Shift id → start, end, whether the tricycle stays off."""
        ids = [int(name.removeprefix("start-")) for name in self._fields if "start-" in name]
        return {
            i: (self[f"start-{i}"].data, self[f"end-{i}"].data, self[f"off-{i}"].data) for i in ids
        }


class TricycleForm(Form):
    """A tricycle."""

    name = StringField(
        _("Name"),
        [
            DataRequired(_("Write a name, such as: red.")),
            Length(max=200, message=_("Shorten the name: 200 letters at most.")),
        ],
        filters=[clean],
    )
    capacity_boxes = WholeField(_("Load in boxes"), least=1, most=MAXIMUM_BOXES)
    usual_start = WallField(_("Usually rides from"), default=USUAL_SHIFT[0])
    usual_end = WallField(_("until"), default=USUAL_SHIFT[1])
    is_active = BooleanField(_("In use"), default=True)

    def fill(self, tricycle: Tricycle) -> None:
        """Write what was typed onto the tricycle."""
        for name in ("name", "capacity_boxes", "usual_start", "usual_end", "is_active"):
            setattr(tricycle, name, self[name].data)


class ClosedDayForm(Form):
    """A day on which the house is closed."""

    date = DayField(_("Day"))
    reason = StringField(
        _("Reason"),
        [Length(max=200, message=_("Shorten this: 200 letters at most."))],
        filters=[clean],
    )


def _sent(sent: bool) -> dict[str, Any]:
    return {} if sent else {"formdata": None}


def service_form(service: Service, *, sent: bool = False) -> ServiceForm:
    """The form of a service: what was `sent` just now, else what stands."""
    return ServiceForm(
        data={
            "is_open": service.is_open,
            "delivery_cutoff": local(service.delivery_cutoff).time(),
            "takeaway_cutoff": local(service.takeaway_cutoff).time(),
            "reliability": service.reliability,
        },
        **_sent(sent),
    )


def grid_form(slots: Sequence[Slot], *, sent: bool = False) -> GridForm:
    """The form that lays slots: what was `sent`, else the grid that stands, else the usual one."""
    current: dict[str, object] = {}
    if slots:
        first, last = min(s.starts_at for s in slots), max(s.ends_at for s in slots)
        length = (slots[0].ends_at - slots[0].starts_at) // MINUTE
        current = {"start": local(first).time(), "end": local(last).time(), "length": length}
    return GridForm(data=current, **_sent(sent))


def slots_form(slots: Sequence[Slot], *, sent: bool = False) -> SlotsForm:
    """The form of the slots' capacities."""
    fields: dict[str, Any] = {}
    for slot in slots:
        at = clock_time(slot.starts_at)
        fields[f"capacity-{slot.id}"] = WholeField(
            _("Orders at most: %(time)s", time=at), most=MAXIMUM_CAPACITY, default=slot.capacity
        )
        fields[f"portions-{slot.id}"] = WholeField(
            _("Portions at most: %(time)s", time=at),
            least=1,
            most=MAXIMUM_SLOT_PORTIONS,
            blank=MAXIMUM_SLOT_PORTIONS,
            default=None
            if slot.capacity_portions == MAXIMUM_SLOT_PORTIONS
            else slot.capacity_portions,
        )
        fields[f"closed-{slot.id}"] = BooleanField(
            _("Closed: %(time)s", time=at), default=slot.is_closed
        )
    form: SlotsForm = type("_SlotsForm", (SlotsForm,), fields)(**_sent(sent))
    return form


def stations_form(slots: Sequence[Slot], *, sent: bool = False) -> StationsForm:
    """The form of the stations' minutes; the first slot's limits stand for all."""
    current = {s.station: s.capacity // 60 for s in slots[0].stations} if slots else {}
    fields = {
        f"minutes-{station}": WholeField(
            _("Minutes in a slot: %(station)s", station=_(name)),
            most=24 * 60,
            blank=NO_LIMIT,
            default=current.get(station),
        )
        for station, name in STATIONS.items()
    }
    form: StationsForm = type("_StationsForm", (StationsForm,), fields)(**_sent(sent))
    return form


def shifts_form(shifts: Sequence[Shift], *, sent: bool = False) -> ShiftsForm:
    """The form of the shifts."""
    fields: dict[str, Any] = {}
    for shift in shifts:
        name = shift.tricycle.name
        fields |= {
            f"start-{shift.id}": WallField(
                _("Rides from: %(name)s", name=name), default=local(shift.starts_at).time()
            ),
            f"end-{shift.id}": WallField(
                _("Rides until: %(name)s", name=name), default=local(shift.ends_at).time()
            ),
            f"off-{shift.id}": BooleanField(
                _("Stays off: %(name)s", name=name), default=shift.is_off
            ),
        }
    form: ShiftsForm = type("_ShiftsForm", (ShiftsForm,), fields)(**_sent(sent))
    return form
