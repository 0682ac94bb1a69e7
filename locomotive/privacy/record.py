"""Record of processing (article 30 of the GDPR), made of the one inventory of personal data."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..core.personal import (
    ADDRESS,
    ALERT,
    ASKED,
    CONTACT,
    DOOR,
    HEALTH,
    NAME,
    NETWORK,
    PAPERS,
    PROOF,
    READER,
    REMARK,
    SIGN_IN,
    Personal,
)
from ..core.refusal import N_
from .inventory import FILES, personal_columns


@dataclass(frozen=True)
class Activity:
    """One activity of processing: what for, whose data, on what ground, who receives them."""

    purpose: str
    whose: str
    ground: str
    recipients: str
    kinds: tuple[Personal, ...]
    outside: str = N_("nothing is sent there by the site")
    also: str = ""  # data of persons that stand in no column of the inventory, and how long


ACTIVITIES = (
    Activity(
        N_("Orders: cooking meals, handing them over, bringing them"),
        N_("Customers"),
        N_(
            "Article 6.1.b of the GDPR: the contract. What a meal must not contain: article 9.2.a, "
            "the customer's explicit wish."
        ),
        N_(
            "The kitchen, the riders, the manager; a restaurant that brings a meal for us; the "
            "host of the site as processor."
        ),
        (NAME, CONTACT, ADDRESS, PROOF, REMARK, HEALTH, PAPERS),
        also=N_(
            "What was ordered and its price stay for the accounts, without a name (article 6.1.c)."
        ),
    ),
    Activity(
        N_("Finding a time at which a meal can be brought, and the door"),
        N_("Customers and visitors"),
        N_("Article 6.1.b and 6.1.f of the GDPR: the contract, and rounds that can be kept."),
        N_(
            "The riders and the manager; a restaurant that brings a meal for us; the host of the "
            "site as processor."
        ),
        (DOOR, ASKED),
    ),
    Activity(
        N_("Messages that somebody asked for: how far a meal is, the menus of the week"),
        N_("Customers and visitors"),
        N_("Article 6.1.a of the GDPR: consent, taken back at any time."),
        N_("The maker of the browser, for its messages; the host of the site as processor."),
        (ALERT, READER),
        outside=N_("a message of the browser goes, sealed, through the maker of that browser"),
    ),
    Activity(
        N_("Accounts of the staff, and what was done with them"),
        N_("The staff"),
        N_("Article 6.1.f of the GDPR: knowing who may come in, and what was changed by whom."),
        N_("The manager; the host of the site as processor."),
        (SIGN_IN,),
        also=N_(
            "Name and role of an account, until it is removed; what it did, for two years. Neither "
            "speed nor yield of a person is measured."
        ),
    ),
    Activity(
        N_("Keeping the site from being flooded or broken into"),
        N_("Customers, visitors and the staff"),
        N_("Article 6.1.f of the GDPR: the safety of the site."),
        N_("The host of the site as processor."),
        (NETWORK,),
    ),
)
MEASURES = (
    N_("Each page says who may open it; passwords are kept as argon2id hashes, links as hashes."),
    N_("Exports, erasure and accounts ask for the password once more; acts stand in a trail."),
    N_("Everything is sent encrypted (HTTPS); backups are encrypted where a key is set."),
    N_("Data are erased by themselves each night, also from the bytes of the database's file."),
    N_("A backup each night, and a trial each month of bringing it back."),
)


def columns_of(kind: Personal) -> list[str]:
    """Where a kind of personal data stands: columns as "table.column", folders of files."""
    columns: Iterable[tuple[str, Personal]] = (
        (f"{table.name}.{column.name}", column.info["personal"])
        for table, found in personal_columns().items()
        for column in found
    )
    files = ((files.pattern.partition("/")[0] + "/", files.kind) for files in FILES)
    return list(dict.fromkeys(name for name, its in (*columns, *files) if its == kind))
