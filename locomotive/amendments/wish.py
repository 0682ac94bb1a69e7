"""Wish: what somebody asks of the rounds by hand, and the days of trips that would answer it.

A wish that leaves a choice open (where in a tricycle's day a round goes) has several answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..core.refusal import N_, Invalid
from ..rounds.release import RoundsChanged


class PlaceOfSplitInvalid(Invalid):
    message = N_(
        "Stops of round %(number)s: %(stops)s. Split it after one of them, but not after the last."
    )


@dataclass(frozen=True)
class Drafted:
    """A trip that has not left: the number of its round (0: a new one), who rides it, the
    planner's names of its stops, and when it leaves if somebody set that (seconds)."""

    number: int
    vehicle: str
    stops: tuple[str, ...]
    held: int | None = None


Draft = tuple[Drafted, ...]  # in the order of the day


@dataclass(frozen=True)
class Move:
    """A stop (by its id) to a position (from 1) of a round, or with a tricycle to a round of its
    own."""

    number: int
    stop_id: int
    to_round: int = 0
    position: int = 1
    vehicle: str = ""


@dataclass(frozen=True)
class Swap:
    """A round to another tricycle."""

    number: int
    vehicle: str


@dataclass(frozen=True)
class Leave:
    """A round that leaves at a moment that somebody sets (seconds); None: the planner's again."""

    number: int
    at: int | None


@dataclass(frozen=True)
class Split:
    """The stops of a round after the first ones become a round of their own."""

    number: int
    after: int
    vehicle: str


Wish = Move | Swap | Leave | Split


def drafts(draft: Draft, wish: Wish, names: Mapping[int, str]) -> list[Draft]:
    """The days that would answer the wish; `names` are the planner's, by the stop's id.

    Raises RoundsChanged when its rounds or stop are gone, PlaceOfSplitInvalid.
    """
    mine = _numbered(draft, wish.number)
    match wish:
        case Move():
            stop = names.get(wish.stop_id, "")
            without = _without(draft, mine, stop)
            if wish.to_round:
                return [_moved(without, wish, stop)]
            return list(_among(without, Drafted(0, wish.vehicle, (stop,))))
        case Swap():
            others = tuple(one for one in draft if one is not mine)
            return list(_among(others, replace(mine, vehicle=wish.vehicle)))
        case Leave():
            return [tuple(replace(one, held=wish.at) if one is mine else one for one in draft)]
        case Split():
            return list(_split(draft, mine, wish))


def _numbered(draft: Draft, number: int) -> Drafted:
    found = next((one for one in draft if one.number == number), None)
    if found is None:
        raise RoundsChanged
    return found


def _without(draft: Draft, mine: Drafted, stop: str) -> Draft:
    rest = replace(mine, stops=tuple(name for name in mine.stops if name != stop))
    if rest.stops == mine.stops:
        raise RoundsChanged
    return tuple(rest if one is mine else one for one in draft)


def _moved(draft: Draft, wish: Move, stop: str) -> Draft:
    target = _numbered(draft, wish.to_round)
    at = min(max(wish.position, 1) - 1, len(target.stops))
    stops = (*target.stops[:at], stop, *target.stops[at:])
    return tuple(replace(one, stops=stops) if one is target else one for one in draft)


def _split(draft: Draft, mine: Drafted, wish: Split) -> Iterator[Draft]:
    if not 0 < wish.after < len(mine.stops):
        raise PlaceOfSplitInvalid(field="after", number=mine.number, stops=len(mine.stops))
    first = replace(mine, stops=mine.stops[: wish.after])
    rest = tuple(first if one is mine else one for one in draft)
    return _among(rest, Drafted(0, wish.vehicle, mine.stops[wish.after :]))


def _among(draft: Sequence[Drafted], new: Drafted) -> Iterator[Draft]:
    """The draft with the new trip at each place of its tricycle's day."""
    places = [at for at, one in enumerate(draft) if one.vehicle == new.vehicle and one.stops]
    for at in [*places, len(draft)]:
        yield (*draft[:at], new, *draft[at:])
