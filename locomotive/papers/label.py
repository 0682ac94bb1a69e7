"""Label: what is stuck on a bag. It states what is inside, and never what is not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..kitchen.production import Departure
from ..ordering.order import Order, OrderLine

# (letters on a line, lines) that fit between a label's head and its foot: the roll's and a sheet's.
ROOM = ((30, 13), (55, 8))
# Letters of a first name in large type, and those of the longest one that is shown whole.
LARGE_NAME, NAME = 12, 60
# Letters that are shown of the words about farms.
ORIGIN = 120


@dataclass(frozen=True)
class LabelLine:
    """One dish: number, name, the allergens that it contains, and its vegetables' origin if known
    ("Ferme …, 23 nov.")."""

    quantity: int
    dish_name: str
    dish_family: str
    contains: tuple[str, ...]
    origin: str = ""
    avoids: str = ""  # what it must not contain, and for whom
    station: str = ""  # that makes it

    def height(self, letters: int) -> int:
        """How many lines of so many letters it takes at most."""
        inside = ", ".join(self.contains)
        return sum(
            -(-len(text) // letters) for text in (self.dish_name, inside, self.origin, self.avoids)
        )


@dataclass(frozen=True)
class Label:
    """One label of a bag; a bag with many dishes has several ("1 / 2")."""

    order: Order
    departure: Departure
    lines: tuple[LabelLine, ...]
    number: int
    of: int

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
        """Whether its text must be set smaller to fit."""
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
    contains: Callable[[OrderLine], Iterable[str]],
    origin: Callable[[OrderLine], str] = lambda _line: "",
    avoids: Callable[[OrderLine], str] = lambda _line: "",
) -> list[Label]:
    """The labels of all bags, departure by departure, in the order in which bags are packed.

    `contains` gives the names of a line's allergens; `origin` its farm and harvest day, `avoids`
    what it must not contain, or "".
    """

    def written(line: OrderLine) -> LabelLine:
        name, family = line.dish_name, line.dish_family
        words = shortened(origin(line), ORIGIN)
        inside = tuple(contains(line))
        return LabelLine(line.quantity, name, family, inside, words, avoids(line), line.station)

    made = []
    for departure in departures:
        for order in departure.orders:
            parts = _parts([written(line) for line in order.lines])
            made += [
                Label(order, departure, tuple(part), number, len(parts))
                for number, part in enumerate(parts, 1)
            ]
    return made


def fits(lines: Iterable[LabelLine]) -> bool:
    """Whether the dishes fit on one label of each kind in usual type."""
    lines = list(lines)
    return all(sum(line.height(letters) for line in lines) <= room for letters, room in ROOM)


def _parts(lines: Iterable[LabelLine]) -> list[list[LabelLine]]:
    parts: list[list[LabelLine]] = [[]]
    for line in lines:
        if parts[-1] and not fits([*parts[-1], line]):
            parts.append([])
        parts[-1].append(line)
    return parts
