"""Finding the address that somebody typed."""

import unicodedata

from rapidfuzz import fuzz, process
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..refusal import N_, Invalid
from .address import Address, KnownAddress

GOOD_ENOUGH = 80.0
SURE = 96.0


class AddressUnknown(Invalid):
    """`suggestions` are the nearest known addresses, best first."""

    message = N_("We do not know this address. Write the number, the street and the town.")


class AddressUnsure(Invalid):
    """Several known addresses look alike; `suggestions` are they, best first."""

    message = N_("Which of these addresses do you mean?")


def plain(text: str) -> str:
    """The text without accents, capitals and signs: "Émile Zola," → "emile zola"."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe"))
    kept = (c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def suggestions(session: Session, typed: str, *, limit: int = 5) -> list[tuple[str, float]]:
    """The known addresses nearest to what was typed, best first, with a score out of 100."""
    known = list(session.scalars(select(KnownAddress)))
    names = [f"{a.street}, {a.town}" for a in known]
    found = process.extract(
        plain(typed), [plain(n) for n in names], scorer=fuzz.token_sort_ratio, limit=limit
    )
    return [(names[index], score) for _, score, index in found if score >= 50]


def find_address(session: Session, typed: str) -> Address:
    """The known address that the typed text means.

    Raises AddressUnknown when none is near, AddressUnsure when it may be one of several.
    """
    near = suggestions(session, typed)
    if not near or near[0][1] < GOOD_ENOUGH:
        raise AddressUnknown(field="address", suggestions=[name for name, _ in near])
    if near[0][1] < SURE and plain(typed) != plain(near[0][0]):
        raise AddressUnsure(field="address", suggestions=[name for name, _ in near])
    for known in session.scalars(select(KnownAddress)):
        name = f"{known.street}, {known.town}"
        if name == near[0][0]:
            return Address(
                name="",
                street=known.street,
                town=known.town,
                latitude=known.latitude,
                longitude=known.longitude,
            )
    raise AddressUnknown(field="address", suggestions=[])
