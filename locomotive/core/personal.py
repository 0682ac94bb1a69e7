"""Personal data: what each column of that kind holds, why, for how long, and what stands there
afterwards. Erasure, access and the privacy page read it from the columns (`info=…`)."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from .refusal import N_


class Keep(Enum):
    """How long something is kept; the value is how the privacy page says it."""

    DAY = N_("one day")
    NIGHT = N_("until the night after the lunch")
    MONTH = N_("30 days after the lunch")
    YEAR = N_("12 months after the last order there")
    STOPPED = N_("until you stop it; two days if you never confirm it")
    ENDED = N_("30 days after the sign-in ended")


class Kitchen(Enum):
    """The kitchen's position, which stands where a door's stood once it is erased."""

    LATITUDE = 0
    LONGITUDE = 1


@dataclass(frozen=True)
class Personal:
    """One kind of personal data, in the words of the privacy page."""

    what: str
    why: str
    keep: Keep


NAME = Personal(N_("First name"), N_("to write it on your bag"), Keep.MONTH)
CONTACT = Personal(
    N_("Phone number or e-mail address"),
    N_("to confirm your order and to reach you"),
    Keep.MONTH,
)
ADDRESS = Personal(
    N_("Address and how to come in"),
    N_("to bring your meal, if you want it delivered"),
    Keep.MONTH,
)
REMARK = Personal(
    N_("What we wrote about your order"),
    N_("to cook it, to bring it, or to tell you what changed"),
    Keep.MONTH,
)
PROOF = Personal(
    N_("Whether the code that you told at the door was yours, where we ask for one"),
    N_("to show that your meal was handed over"),
    Keep.MONTH,
)
HEALTH = Personal(
    N_("What your meal must not contain"),
    N_(
        "to cook your meal without it, only if you write it. An allergy is health data (article 9 "
        "of the GDPR): we use it because you ask us to, for that meal, and erase it the night after"
    ),
    Keep.NIGHT,
)
PAPERS = Personal(
    N_("Papers of the kitchen and of the riders, with names and addresses"),
    N_("to cook and to bring the meals when the network is gone"),
    Keep.NIGHT,
)
DOOR = Personal(
    N_("Where a door is and how to come in, without a name"),
    N_("to find it again the next time"),
    Keep.YEAR,
)
ASKED = Personal(
    N_("Where you asked whether we deliver, without a name"),
    N_("to look for a time at which we can bring your meal"),
    Keep.DAY,
)
ALERT = Personal(
    N_("The address of your browser's messages, if you ask us to tell you how far your meal is"),
    N_("to tell you what you asked for: your browser's maker carries it, and cannot read it"),
    Keep.NIGHT,
)
READER = Personal(
    N_("Your e-mail address, if you ask for the menus of the week"),
    N_("to send you one mail a week; the ground is your consent (article 6.1.a of the GDPR)"),
    Keep.STOPPED,
)
NETWORK = Personal(
    N_("The address of your network"), N_("to keep machines from flooding us"), Keep.DAY
)
SIGN_IN = Personal(
    N_("Of our staff: the browser and the network (shortened) of a sign-in"),
    N_("so that whoever finds one that is not theirs can end it"),
    Keep.ENDED,
)
KINDS = (
    NAME,
    CONTACT,
    ADDRESS,
    REMARK,
    PROOF,
    HEALTH,
    PAPERS,
    DOOR,
    ASKED,
    ALERT,
    READER,
    NETWORK,
    SIGN_IN,
)


def personal(kind: Personal, *, erased: object = "") -> dict[str, Any]:
    """A column's `info`: what it holds, and the value that stands there once it is erased."""
    return {"personal": kind, "erased": erased}
