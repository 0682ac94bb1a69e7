"""Label: what is stuck on a bag. It states what is inside, and never what is not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..kitchen.production import Departure
from ..ordering.order import Order, OrderLine

# Letters on a line and lines that fit on an eighth of an A4 sheet; a roll is as long as need be.
ROOM = (45, 7)
# Letters of a first name in large type, and those of the longest one that is shown whole.
LARGE_NAME, NAME = 12, 60
# Letters that are shown of the words about farms.
ORIGIN = 160


@dataclass(frozen=True)
class LabelLine:
    """One dish: number, name, the allergens that it contains and may contain, and what it must not
    contain."""

    quantity: int
    dish_name: str
    dish_family: str
    contains: tuple[str, ...]
    may_contain: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()  # codes
    eater: str = ""
    station: str = ""  # that makes it
    keeping: str = ""  # how it is kept and heated, until when it is eaten

    def height(self, letters: int) -> int:
        """How many lines of so many letters it takes at most."""
        texts = (
            self.dish_name,
            ", ".join(self.contains),
            ", ".join(self.may_contain),
            self.keeping,
        )
        wish = 2 if self.avoids else 0
        return wish + sum(-(-len(text) // letters) for text in texts)


@dataclass(frozen=True)
class Label:
    """One label of a bag; on a sheet of eight a bag with many dishes has several ("1 / 2")."""

    order: Order
    departure: Departure
    lines: tuple[LabelLine, ...]
    number: int
    of: int
    origin: str = ""  # "Ferme …, 23 nov."

    @property
    def name(self) -> str:
        """The first name; the bag's number and symbol tell more of one that is too long."""
        return shortened(" ".join(self.order.first_name.split()), NAME)

    @property
    def has_long_name(self) -> bool:
        """Whether the name must be set smaller to fit."""
        return len(self.name) > LARGE_NAME

    @property
    def is_dense(self) -> bool:
        """Whether its text must be set smaller to fit on a sheet of eight."""
        return not fits(self.lines)

    def of_station(self, station: str) -> "Label":
        """What one station makes of it; "" is all of them."""
        lines = tuple(line for line in self.lines if station in ("", line.station))
        return replace(self, lines=lines)


def shortened(text: str, letters: int) -> str:
    """The text, or its beginning with "…" where it has more letters than that."""
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"


def labels(
    departures: Iterable[Departure],
    *,
    written: Callable[[OrderLine], LabelLine],
    origin: Callable[[OrderLine], str] = lambda _line: "",
    on_roll: bool = False,
) -> list[Label]:
    """The labels of all bags, departure by departure, in the order in which bags are packed; on a
    roll one for each bag.

    `written` gives a line as it is printed, `origin` its farm and harvest day, or "".
    """
    made = []
    for departure in departures:
        for order in departure.orders:
            lines = [written(line) for line in order.lines]
            parts = [lines] if on_roll else _parts(lines)
            words = " · ".join(dict.fromkeys(filter(None, map(origin, order.lines))))
            made += [
                Label(order, departure, tuple(part), number, len(parts), shortened(words, ORIGIN))
                for number, part in enumerate(parts, 1)
            ]
    return made


def fits(lines: Iterable[LabelLine]) -> bool:
    """Whether the dishes fit on an eighth of a sheet in usual type."""
    letters, room = ROOM
    return sum(line.height(letters) for line in lines) <= room


def _parts(lines: Iterable[LabelLine]) -> list[list[LabelLine]]:
    parts: list[list[LabelLine]] = [[]]
    for line in lines:
        if parts[-1] and not fits([*parts[-1], line]):
            parts.append([])
        parts[-1].append(line)
    return parts
