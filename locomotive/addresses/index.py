"""StreetIndex: finds the street that somebody typed, whatever the spelling.

Streets are indexed, not house numbers: around Oignies 1,300 streets hold 45,000 numbers. The
typed words are compared with all words of the streets and towns (exact, beginning, initial, a
few wrong letters), rare words weigh more, and the best streets are then judged word by word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from routing.streets import great_circle

from .words import KINDS, REPETITIONS, SMALL, outside, tokens, written_out

CANDIDATES = 40
SMALL_WEIGHT = 0.15
UNMATCHED_NUMBER = 1.4  # a number that the street's name lacks weighs as a rare word
_NUMBER = re.compile(r"(\d{1,4})([a-z]|bis|ter|quater|quinquies)?")


@dataclass(frozen=True)
class Entry:
    """One street as it is searched; `key` is the street's id, or None for a known address."""

    key: int | None
    name: str
    town: str
    postcode: str
    point: tuple[float, float]


@dataclass(frozen=True)
class Asked:
    """What somebody typed, read in one way: words, and perhaps a house number."""

    words: tuple[str, ...]
    number: int | None = None
    suffix: str = ""
    doubt: float = 0.0  # how unlikely this reading is


@dataclass(frozen=True)
class Match:
    """A street that may be meant, with the number that was read; `score` is out of 100."""

    entry: Entry
    number: int | None
    suffix: str
    score: float


def readings(typed: str) -> list[Asked]:
    """The ways to read what was typed: "80 fusillés" may name a street or number 80 of one."""
    words = outside(tokens(typed))
    found = [Asked(tuple(words), doubt=0.0)]
    for place, word in enumerate(words):
        number = _NUMBER.fullmatch(word)
        if not number or len(found) > 4:
            continue
        before, after = words[:place], words[place + 1 :]
        # A number first is what most people write.
        doubt = 0.0 if place == 0 else 0.02
        if number[2]:
            found.append(Asked((*before, *after), int(number[1]), number[2], doubt))
            if len(number[2]) == 1 and after and after[0] in REPETITIONS:
                suffix = f"{number[2]} {after[0]}"
                found.append(Asked((*before, *after[1:]), int(number[1]), suffix, doubt - 0.01))
            continue
        found.append(Asked((*before, *after), int(number[1]), "", doubt))
        if after and after[0] in REPETITIONS:
            found.append(Asked((*before, *after[1:]), int(number[1]), after[0], doubt - 0.01))
        elif after and len(after[0]) == 1 and after[0].isalpha():
            letter, *rest = after
            if rest and rest[0] in REPETITIONS:
                suffix = f"{letter} {rest[0]}"
                found.append(Asked((*before, *rest[1:]), int(number[1]), suffix, doubt - 0.02))
            # A letter before a kind of street is none of its name: "34 b rue".
            sure = -0.01 if rest and letter != "r" and _is_kind(rest[0]) else 0.03
            found.append(Asked((*before, *rest), int(number[1]), letter, doubt + sure))
    return [asked for asked in found if asked.words]


def _is_kind(word: str) -> bool:
    """Whether a word is a kind of street: "rue", "r", "av"."""
    return bool(KINDS.intersection(written_out(word)))


class StreetIndex:
    """All streets of the zone, ready to be searched; about 2 MB for 1,300 streets."""

    def __init__(self, entries: Sequence[Entry], *, centre: tuple[float, float]) -> None:
        self.entries = list(entries)
        self._far = [great_circle(centre, entry.point) for entry in self.entries]
        names = [tokens(entry.name) for entry in self.entries]
        towns = [[*tokens(e.town), *([e.postcode] if e.postcode else [])] for e in self.entries]
        every: dict[str, set[int]] = {}
        for place, words in enumerate(zip(names, towns, strict=True)):
            for word in (*words[0], *words[1]):
                every.setdefault(word, set()).add(place)
        self._words = sorted(every)
        self._array = np.array(self._words)
        self._cut: dict[int, list[str]] = {}
        self._streets = [sorted(every[word]) for word in self._words]
        count = max(len(self.entries), 1)
        rarest = log(1 + count)
        self._weight = {
            word: SMALL_WEIGHT
            if word in SMALL
            else max(0.2, log(1 + count / len(every[word])) / rarest)
            for word in self._words
        }
        self._weights = [self._weight[word] for word in self._words]
        number_of = {word: number for number, word in enumerate(self._words)}
        self._numbers_of = [
            [number_of[word] for word in (*name, *town)]
            for name, town in zip(names, towns, strict=True)
        ]
        self._lengths = [len(name) for name in names]
        self._wholes = [sum(self._weight[word] for word in name) or 1.0 for name in names]

    def search(self, typed: str, *, limit: int = 5, is_partial: bool = False) -> list[Match]:
        """The streets nearest to what was typed, best first; ties go to the nearer street.

        `is_partial` says that the last word may be unfinished.
        """
        asked = readings(typed[:200])
        if not self.entries or not asked:
            return []
        words = sorted({word for one in asked for word in one.words})
        alike = {word: self._alike(word) for word in words}
        found: dict[int, Match] = {}
        ranked: dict[int, float] = {}
        for one in asked:
            for place in self._candidates(one, alike):
                score = self._judge(one, place, alike, is_partial=is_partial)
                if score > ranked.get(place, 0.0):
                    ranked[place] = score
                    found[place] = Match(
                        self.entries[place], one.number, one.suffix, round(100 * score, 1)
                    )
        best = sorted(found, key=lambda place: (-round(ranked[place], 3), self._far[place]))
        return [found[place] for place in best[:limit]]

    def _alike(self, word: str) -> dict[int, float]:
        """The index's words that a typed one may mean, with how alike they are (to 1)."""
        found: dict[int, float] = {}
        for form in written_out(word):
            for place, likeness in self._near(form):
                if likeness > found.get(place, 0.0):
                    found[place] = likeness
        return found

    def _near(self, word: str) -> Iterator[tuple[int, float]]:
        if word[0].isdigit():
            yield from self._numbers(word)
            return
        start = int(np.searchsorted(self._array, word))
        for place in range(start, len(self._words)):
            if not self._words[place].startswith(word):
                break
            length = len(self._words[place])
            likeness = 0.75 if len(word) == 1 else 0.8 + 0.2 * len(word) / length
            yield place, 1.0 if length == len(word) else likeness
        most = 0 if len(word) < 2 else 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3
        if not most:
            return
        [distances] = process.cdist(
            [word], self._words, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8
        )
        for place in np.flatnonzero(distances <= most).tolist():
            other = self._words[place]
            longest = max(len(word), len(other))
            if not other[0].isdigit() and 2 * int(distances[place]) < longest:
                yield place, 1.0 - 1.1 * int(distances[place]) / longest
        if len(word) >= 4:
            [distances] = process.cdist(
                [word], self._beginnings(len(word)), scorer=OSA.distance, score_cutoff=1,
                dtype=np.uint8,
            )  # fmt: skip
            for place in np.flatnonzero(distances <= 1).tolist():
                if not self._words[place][0].isdigit():
                    yield place, 0.7

    def _numbers(self, word: str) -> Iterator[tuple[int, float]]:
        start = int(np.searchsorted(self._array, word))
        for place in range(start, len(self._words)):
            other = self._words[place]
            if not other.startswith(word):
                break
            # A whole number, an ordinal without its letter, or the beginning of a postcode.
            if other == word:
                yield place, 1.0
            elif other.rstrip("e") == word:
                yield place, 0.95
            elif len(other) == 5 and len(word) >= 2:
                yield place, 0.7
        if len(word) == 2:
            # A year's last figures: "8 mai 45".
            for year in (f"19{word}", f"18{word}", f"20{word}"):
                place = int(np.searchsorted(self._array, year))
                if place < len(self._words) and self._words[place] == year:
                    yield place, 0.85
        if word.endswith("e"):
            place = int(np.searchsorted(self._array, word[:-1]))
            if place < len(self._words) and self._words[place] == word[:-1]:
                yield place, 0.95

    def _beginnings(self, length: int) -> list[str]:
        if length not in self._cut:
            self._cut[length] = [word[:length] for word in self._words]
        return self._cut[length]

    def _candidates(self, asked: Asked, alike: dict[str, dict[int, float]]) -> list[int]:
        total = np.zeros(len(self.entries))
        for word in asked.words:
            best: dict[int, float] = {}
            for place, likeness in alike[word].items():
                worth = likeness * self._weights[place]
                for street in self._streets[place]:
                    if worth > best.get(street, 0.0):
                        best[street] = worth
            if best:
                total[list(best)] += list(best.values())
        order = np.argsort(-total, kind="stable")[:CANDIDATES]
        return [int(place) for place in order if total[place] > 0]

    def _judge(
        self, asked: Asked, place: int, alike: dict[str, dict[int, float]], *, is_partial: bool
    ) -> float:
        """How well a street answers: how much of the typed is found, and how much of the name
        was typed; each word stands for one word at most."""
        words = self._numbers_of[place]
        pairs = []
        for asked_at, word in enumerate(asked.words):
            near = alike[word]
            for at, number in enumerate(words):
                if number in near:
                    likeness = near[number]
                    pairs.append((likeness * self._weights[number], likeness, asked_at, at))
        pairs.sort(reverse=True)
        used_asked: dict[int, tuple[float, float]] = {}
        used: dict[int, float] = {}
        for _, likeness, asked_at, at in pairs:
            if asked_at not in used_asked and at not in used:
                used_asked[asked_at] = likeness, self._weights[words[at]]
                used[at] = likeness
        typed = answered = 0.0
        for asked_at, word in enumerate(asked.words):
            likeness, weight = used_asked.get(asked_at) or (0.0, self._rarity(word))
            typed += weight
            answered += likeness * weight
        name = words[: self._lengths[place]]
        whole = self._wholes[place]
        covered = sum(used.get(at, 0.0) * self._weights[number] for at, number in enumerate(name))
        share = 0.85 if is_partial else 0.72
        order = 0.02 if _in_order(used_asked, pairs) else 0.0
        score = share * answered / (typed or 1.0) + (1 - share) * covered / whole - asked.doubt
        return max(0.0, min(1.0, score - 0.02 + order))

    def _rarity(self, word: str) -> float:
        if word in SMALL:
            return SMALL_WEIGHT
        if word[0].isdigit():
            return UNMATCHED_NUMBER if len(word) != 5 else 0.5
        return max((self._weight.get(form, 0.0) for form in written_out(word)), default=0.0) or 1.0


def _in_order(
    used: dict[int, tuple[float, float]], pairs: Sequence[tuple[float, float, int, int]]
) -> bool:
    """Whether the typed words stand in the street's order."""
    at: dict[int, int] = {}
    for _, _, asked_at, place in pairs:
        if asked_at in used:
            at.setdefault(asked_at, place)
    places = [at[asked_at] for asked_at in sorted(at)]
    return places == sorted(places)
