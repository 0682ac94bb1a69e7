"""Turns: what the sheet says of the way to a stop, in three lines at most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from routing.streets import Turn

from ..core.refusal import N_

# What a turn is called on the sheet, and its arrow: signs of our own font, for a PDF draws a letter
# much faster than a picture.
TURN_WORDS: dict[str, tuple[str, str]] = {
    "start": (N_("leave by"), "↑"),
    "straight": (N_("straight on"), "↑"),
    "slight right": (N_("bear right"), "↗"),
    "right": (N_("right"), "→"),
    "sharp right": (N_("sharp right"), "↘"),
    "back": (N_("turn back"), "↓"),
    "sharp left": (N_("sharp left"), "↙"),
    "left": (N_("left"), "←"),
    "slight left": (N_("bear left"), "↖"),
    "roundabout": (N_("roundabout, exit %(exit)s"), "↑"),
}
# A stretch without a name that is shorter is part of the one before it.
SHORT = 25  # metres
MOST_LINES = 3
# Letters of a mean width in half a line of the sheet at 11 pt, for the paper is folded in its
# middle; capitals are so much wider.
LINE, CAPITAL = 44.0, 1.3


@dataclass(frozen=True)
class Told:
    """A turn as it is printed; `street` and `words` may be empty."""

    arrow: str
    words: str
    street: str
    length: str
    metres: int
    needs_words: bool = False  # where no arrow says it all, as at a roundabout
    after_others: bool = False  # whether shorter stretches before it are left out

    @property
    def text(self) -> str:
        """All of it, as the room that it takes is measured."""
        first = f"{self.arrow}\u00a0{self.words}" if self.words else self.arrow
        return " ".join(part for part in (first, self.street, self.length, "·") if part)


def worth_words(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns worth a word: going on in the same street, or a few nameless metres, is none."""
    kept: list[Turn] = []
    for turn in turns:
        if turn.kind == "arrive":
            continue
        is_same = kept and turn.kind == "straight" and turn.street in ("", kept[-1].street)
        is_short = kept and not turn.street and turn.metres < SHORT
        if is_same or is_short:
            kept[-1] = replace(kept[-1], metres=kept[-1].metres + turn.metres)
        else:
            kept.append(turn)
    return tuple(kept)


def fitting(told: Sequence[Told]) -> tuple[Told, ...]:
    """The turns in three lines: where that is too little room the arrows alone say them, then the
    shortest stretches are left out, and the turn after them says so."""
    kept = list(told)
    if not _fits(kept):
        kept = [one if one.needs_words else replace(one, words="") for one in kept]
    while not _fits(kept) and len(kept) > 1:
        # The last stretch is where the stop is: it stays.
        shortest = min(range(len(kept) - 1), key=lambda at: kept[at].metres)
        kept[shortest : shortest + 2] = [replace(kept[shortest + 1], after_others=True)]
    return tuple(kept)


def halves(told: Sequence[Told]) -> tuple[tuple[Told, ...], ...]:
    """The turns on both sides of the fold, as evenly as they can be, none of them across it; a
    single one is one half alone."""
    cuts = range(1, len(told))
    if not cuts:
        return (tuple(told),) if told else ()
    at = min(cuts, key=lambda cut: (max(lines(told[:cut]), lines(told[cut:])), -cut))
    return tuple(told[:at]), tuple(told[at:])


def _fits(told: Sequence[Told]) -> bool:
    return all(lines(half) <= MOST_LINES for half in halves(told))


def lines(told: Sequence[Told]) -> int:
    """How many half lines of the sheet the turns fill, broken at their spaces."""
    count, room = 1, LINE
    for one in told:
        for word in (("… " if one.after_others else "") + one.text).split(" "):
            width = sum(CAPITAL if letter.isupper() else 1.0 for letter in word)
            if width > room and room < LINE:
                count, room = count + 1, LINE
            while width > room:  # a word that is longer than a line is broken
                count, width = count + 1, width - room
            room -= width + 1
    return count
