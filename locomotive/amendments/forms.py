"""Forms of what is asked of the rounds by hand; each makes its wish."""

from collections.abc import Sequence
from datetime import time

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.validators import Optional

from ..core.clock import instant
from ..dispatch.trouble import TimeMissing
from ..rounds.round import Round
from ..service.fleet import Shift
from ..service.service import Service
from ..web.fields import Form, WallField, WholeField, parse_id
from .amended import TricycleStays
from .wish import Leave, Move, Split, Swap, Wish

LARGEST = 999_999_999  # a row's number that a form may send
MOST_ROUNDS, MOST_STOPS = 99_999, 99
NEW = "new-"  # before a tricycle's number: a round of its own with it


class WishForm(Form):
    """What every wish says: about which round, and how it was seen."""

    number = WholeField(_("Round"), least=1, most=MOST_ROUNDS)
    seen = StringField()

    def offer(self, rounds: Sequence[Round], shifts: Sequence[Shift]) -> None:
        """Offer these rounds and tricycles where the form has a choice of them."""

    def wish(self, service: Service) -> Wish:
        """What is asked."""
        raise NotImplementedError


class MoveForm(WishForm):
    """A stop to another round or position, or to a round of its own."""

    stop = WholeField(_("Stop"), least=1, most=LARGEST)
    to_round = SelectField(_("To round"), validate_choice=False)
    position = WholeField(_("Position"), least=1, most=MOST_STOPS)

    def offer(self, rounds: Sequence[Round], shifts: Sequence[Shift]) -> None:
        """Offer the rounds that are not released, and a new one with each tricycle."""
        numbers = [str(round_.number) for round_ in rounds if not round_.is_released]
        new = gettext("a new round")
        self.to_round.choices = [
            *((number, number) for number in numbers),
            *((f"{NEW}{s.tricycle_id}", f"{new}, {s.tricycle.name}") for s in shifts),
        ]

    def wish(self, service: Service) -> Move:
        """The stop's way. Raises TricycleStays where it leads to no round."""
        to = self.to_round.data or ""
        vehicle = to.removeprefix(NEW) if to.startswith(NEW) else ""
        number = parse_id(to) or 0
        if not vehicle and not number:
            raise TricycleStays(field="to_round")
        return Move(
            number=int(self.number.data or 0),
            stop_id=int(self.stop.data or 0),
            to_round=number,
            position=int(self.position.data or 1),
            vehicle=vehicle,
        )


def tricycle_field() -> SelectField:
    """The choice of a tricycle."""
    return SelectField(_("Tricycle"), validate_choice=False)


def _tricycles(shifts: Sequence[Shift]) -> list[tuple[str, str]]:
    return [(str(shift.tricycle_id), shift.tricycle.name) for shift in shifts]


class SwapForm(WishForm):
    """A round to another tricycle."""

    tricycle = tricycle_field()

    def offer(self, rounds: Sequence[Round], shifts: Sequence[Shift]) -> None:
        """Offer the tricycles."""
        self.tricycle.choices = _tricycles(shifts)

    def wish(self, service: Service) -> Swap:
        """The round and its tricycle."""
        return Swap(int(self.number.data or 0), self.tricycle.data or "none")


class LeaveForm(WishForm):
    """A round's departure, set or left to the planner again."""

    departs_at = WallField(_("Leaves at"), validators=[Optional()])
    free = StringField()

    def wish(self, service: Service) -> Leave:
        """The round and its departure. Raises TimeMissing."""
        number = int(self.number.data or 0)
        if self.free.data:
            return Leave(number, None)
        if self.departs_at.data is None:
            raise TimeMissing(field="departs_at")
        since = instant(service.date, self.departs_at.data) - instant(service.date, time())
        return Leave(number, int(since.total_seconds()))


class SplitForm(WishForm):
    """A round's last stops to a round of their own."""

    after = WholeField(_("Split after stop"), least=1, most=MOST_STOPS)
    tricycle = tricycle_field()

    def offer(self, rounds: Sequence[Round], shifts: Sequence[Shift]) -> None:
        """Offer the tricycles."""
        self.tricycle.choices = _tricycles(shifts)

    def wish(self, service: Service) -> Split:
        """The round, where it is split, and who rides the rest."""
        number, after = int(self.number.data or 0), int(self.after.data or 0)
        return Split(number, after, self.tricycle.data or "none")


FORMS: dict[str, type[WishForm]] = {
    "move": MoveForm,
    "swap": SwapForm,
    "leave": LeaveForm,
    "split": SplitForm,
}
