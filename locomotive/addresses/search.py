"""Finding the address that somebody typed."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.refusal import N_, Invalid
from ..places.address import Address, KnownAddress, address_of_place, known_address
from ..places.dataset import last_dataset
from ..places.zone import OutsideZone
from .cities import CITIES
from .index import Entry, Match, StreetIndex, readings
from .named import named_places
from .street import HouseNumber, Street, Town, nearest_number, numbered, numbers_of
from .words import SMALL, outside, plain, tokens

GOOD_ENOUGH = 70.0
SURE = 90.0
# Streets whose scores are so close may both be meant.
CLOSE = 2.5
# Written before a street whose house has no number.
NO_NUMBER = "s/n"
MOST_NUMBERS = 400
_LINE = re.compile(
    r"(\d{1,4})(?: ?((?:[a-z] )?(?:bis|ter|quater|quinquies))|([a-zA-Z]))?,? +(\S.*)", re.I
)


class AddressUnknown(Invalid):
    """`suggestions` are the nearest known addresses, best first."""

    message = N_("We do not know this address. Write the number, the street and the town.")


class AddressUnsure(Invalid):
    """Several known addresses look alike; `suggestions` are they, best first."""

    message = N_("Which of these addresses do you mean?")


class NumberMissing(Invalid):
    """The street is known; `suggestions` are some of its numbers, and the street without one."""

    message = N_("Write the house number too, such as %(example)s.")


@dataclass(frozen=True)
class Suggestion:
    """One line of the list under the field; a street `is_open` until its number is written."""

    text: str
    is_open: bool


_indexes: dict[str, tuple[str, StreetIndex]] = {}
_building = Lock()


def street_index(session: Session, *, centre: tuple[float, float]) -> StreetIndex:
    """The index of the addresses as they stand; built once for each import and process."""
    database = str(session.get_bind().engine.url)
    made = last_dataset(session, "addresses")
    count, last = session.execute(select(func.count(), func.max(KnownAddress.id))).one()
    stamp = f"{made.version if made else ''} {count} {last} {centre}"
    cached = _indexes.get(database)
    if cached is None or cached[0] != stamp:
        with _building:
            cached = stamp, StreetIndex(_entries(session), centre=centre)
            _indexes[database] = cached
    return cached[1]


def _entries(session: Session) -> list[Entry]:
    rows = session.execute(select(Street, Town).join(Town, Street.town_id == Town.id))
    entries = [
        Entry(street.id, street.name, town.name, town.postcode, (street.latitude, street.longitude))
        for street, town in rows
    ]
    official = {(plain(entry.name), plain(entry.town)) for entry in entries}
    for known in session.scalars(select(KnownAddress)):
        name, _, _ = split_number(known.street)
        if (plain(name), plain(known.town)) not in official:
            official.add((plain(name), plain(known.town)))
            entries.append(
                Entry(None, name, known.town, "", (known.latitude, known.longitude)),
            )
    return entries


def split_number(line: str) -> tuple[str, int | None, str]:
    """A line "12 bis rue Pasteur" as (street, number, suffix)."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        return line.strip(), None, ""
    return found[4], int(found[1]), (found[2] or found[3] or "").lower()


def suggestions(
    session: Session, typed: str, *, centre: tuple[float, float], limit: int = 6
) -> list[Suggestion]:
    """What to offer under the field while somebody types: streets first, then numbers."""
    places = [Suggestion(place.name, False) for place in named_places(session, typed)][:limit]
    index = street_index(session, centre=centre)
    found = [m for m in index.search(typed, limit=limit, is_partial=True) if m.score >= 45]
    if found and found[0].score >= SURE and _is_whole(found[0], typed):
        return _numbers(session, found[0], limit=limit)
    streets = [Suggestion(_line(match), match.number is None) for match in found]
    return [*places, *streets][:limit]


def _is_whole(match: Match, typed: str) -> bool:
    """Whether the street and its town are written out, so that only the number is open."""
    return set(tokens(f"{match.entry.name} {match.entry.town}")) <= set(tokens(typed))


def _line(match: Match) -> str:
    """The whole address as it is offered."""
    house = f"{numbered(match.number, match.suffix)} " if match.number is not None else ""
    return f"{house}{match.entry.name}, {match.entry.town}"


def _numbers(session: Session, match: Match, *, limit: int) -> list[Suggestion]:
    """The numbers of a street that begin as typed, or are nearest to it."""
    houses = _houses(session, match.entry)
    if match.number is not None:
        typed = str(match.number)
        houses = sorted(
            houses,
            key=lambda h: (
                h.number != match.number,
                not str(h.number).startswith(typed),
                abs(h.number - (match.number or 0)),
            ),
        )
    return [
        Suggestion(f"{house.label} {match.entry.name}, {match.entry.town}", False)
        for house in houses[:limit]
    ]


def _houses(session: Session, entry: Entry) -> list[HouseNumber]:
    if entry.key is not None:
        return numbers_of(session, entry.key)
    known = session.scalars(select(KnownAddress).where(KnownAddress.town == entry.town))
    houses = []
    for address in known:
        name, number, suffix = split_number(address.street)
        if number is not None and plain(name) == plain(entry.name):
            houses.append(
                HouseNumber(
                    number=number,
                    suffix=suffix,
                    latitude=address.latitude,
                    longitude=address.longitude,
                )
            )
    return sorted(houses, key=lambda house: (house.number, house.suffix))


def find_address(session: Session, typed: str, *, centre: tuple[float, float]) -> Address:
    """The address that the typed text means.

    A number that is not on file keeps its text and gets the position of the nearest one, named
    in `nearest`. Raises AddressUnknown when no street is near, AddressUnsure when it may be one
    of several, NumberMissing, OutsideZone for a town that we do not serve.
    """
    known = _known(session, typed)
    if known is not None:
        return known
    named = named_places(session, typed)
    if named:
        if len(named) > 1:
            names = [place.name for place in named]
            raise AddressUnsure(field="address", suggestions=names)
        return address_of_place(session, named[0].id)
    is_without = typed.lower().startswith(f"{NO_NUMBER} ")
    wanted = typed[len(NO_NUMBER) :] if is_without else typed
    found = street_index(session, centre=centre).search(wanted, limit=5)
    if not found or found[0].score < SURE:
        _refuse_far_town(session, typed, found)
    names = [_line(match) for match in found]
    if not found or found[0].score < GOOD_ENOUGH:
        raise AddressUnknown(field="address", suggestions=names)
    best = found[0]
    rivals = [m for m in found[1:] if m.score > best.score - CLOSE]
    if best.score < SURE or rivals:
        chosen = _only_with_number(session, best, rivals) if best.score >= SURE else None
        if chosen is None:
            raise AddressUnsure(field="address", suggestions=names)
        best = chosen
    return _corrected(session, _located(session, best, is_without=is_without))


def _only_with_number(session: Session, best: Match, rivals: Sequence[Match]) -> Match | None:
    """Of streets alike, the only one that has the typed number."""
    having = [
        match
        for match in (best, *rivals)
        if any(
            house.number == match.number and house.suffix == match.suffix
            for house in _houses(session, match.entry)
        )
    ]
    return having[0] if len(having) == 1 and having[0].number is not None else None


def _located(session: Session, match: Match, *, is_without: bool) -> Address:
    entry = match.entry
    houses = _houses(session, entry)
    if match.number is None:
        if houses and not is_without:
            examples = [houses[0], *houses[len(houses) // 2 :][:1], houses[-1]]
            labels = dict.fromkeys(
                f"{house.label} {entry.name}, {entry.town}" for house in examples
            )
            raise NumberMissing(
                field="address",
                example=f"{houses[0].label} {entry.name}",
                suggestions=[*dict.fromkeys(labels), f"{NO_NUMBER} {entry.name}, {entry.town}"],
            )
        return Address("", entry.name, entry.town, *entry.point)
    label = numbered(match.number, match.suffix)
    house = nearest_number(houses, match.number, match.suffix)
    is_there = house is not None and (house.number, house.suffix) == (match.number, match.suffix)
    return Address(
        name="",
        street=f"{label} {entry.name}",
        town=entry.town,
        latitude=house.latitude if house else entry.point[0],
        longitude=house.longitude if house else entry.point[1],
        nearest="" if is_there else house.label if house else "–",
    )


def _known(session: Session, typed: str) -> Address | None:
    """A known address that is written exactly so, but for signs and capitals."""
    number = next((asked.number for asked in readings(typed) if asked.number), None)
    query = select(KnownAddress)
    if number is not None:
        query = query.where(KnownAddress.street.contains(str(number)))
    for known in session.scalars(query.limit(MOST_NUMBERS)):
        if plain(f"{known.street} {known.town}") == plain(typed):
            return known.address
    return None


def _corrected(session: Session, address: Address) -> Address:
    """The address with the position and the note that were kept for it, if there are any."""
    known = known_address(session, address.street, address.town)
    return known.address if known else address


def _refuse_far_town(session: Session, typed: str, found: Sequence[Match]) -> None:
    """Say so when the text ends with a town that the tricycles do not serve.

    Words that the found street or its town needs are no town: "12 rue de Lens", "rue de Paris".
    """
    words = outside(tokens(typed))
    needed = Counter[str]()
    if found and found[0].score >= GOOD_ENOUGH:
        needed.update(tokens(f"{found[0].entry.name} {found[0].entry.town}"))
    spare = Counter(words) - needed
    unserved = select(Town.name, Town.postcode).where(Town.is_served.is_(False))
    far = [(name, postcode) for name, postcode in session.execute(unserved)]
    here = set(session.scalars(select(Town.name).where(Town.is_served)))
    far += [(city, "") for city in CITIES if city not in here]
    # Whoever names a town that we serve has only mistaken its postcode.
    names_ours = any(set(tokens(name)) <= set(words) for name in here)
    for name, postcode in far:
        if _ends_with(words, tokens(name), spare) or (postcode in words and not names_ours):
            raise OutsideZone(field="address", town=name)


def _ends_with(words: Sequence[str], town: Sequence[str], spare: Counter[str]) -> bool:
    """Whether the words end with a town's, a postcode aside, and not with "rue de …"."""
    if words and len(words[-1]) == 5 and words[-1].isdigit():
        words = words[:-1]
    before = words[: -len(town)]
    is_last = bool(before) and list(words[-len(town) :]) == list(town)
    return is_last and before[-1] not in SMALL and all(spare[word] for word in town)
