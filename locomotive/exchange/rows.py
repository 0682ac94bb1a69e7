"""Lines of a supplier's price list or delivery note, and what each of them becomes."""

from dataclasses import dataclass, field
from datetime import date

from ..core.refusal import N_, Invalid, Refusal
from ..web.spreadsheet import plain_name
from .memory import Sold

# What a line becomes; the first group is written.
WRITTEN = ("new price", "new content", "sold again", "new pack", "new produce", "delivered")
BECOMES: dict[str, str] = {
    "new price": N_("new price"),
    "new content": N_("holds another amount now"),
    "sold again": N_("sold again"),
    "new pack": N_("new pack"),
    "new produce": N_("new produce"),
    "delivered": N_("brought by this note"),
    "same": N_("as before"),
    "left out": N_("left out"),
    "asked": N_("waits for your answer"),
    "wrong": N_("not understood"),
}


class ProduceMissing(Invalid):
    message = N_("The name of the produce is empty. Write it, or delete the line.")


class SurplusCells(Invalid):
    message = N_(
        "This line has %(cells)s cells, but there are %(headings)s headings: a comma inside a "
        "number parts it in two. Save the file with semicolons, or put such numbers in quotes."
    )


class RateWrong(Invalid):
    message = N_("“%(value)s” is no VAT rate such as 5.5. Correct it in the file.")


class PriceWrong(Invalid):
    message = N_("“%(value)s” is no price such as 12.50. Correct it in the file.")


class QuantityWrong(Invalid):
    message = N_("“%(value)s” is no quantity above zero such as 12.5. Correct it in the file.")


class HoldsWrong(Invalid):
    message = N_(
        "“%(value)s” says not how many %(unit)s one holds, such as 12.5. Correct it in the file."
    )


class DayWrong(Invalid):
    message = N_("“%(value)s” is no day such as 24/11/2026. Correct it in the file.")


class UseByEarly(Invalid):
    message = N_("The use-by date lies before the day of delivery. Correct it in the file.")


class RowTwice(Invalid):
    message = N_(
        "This produce and unit stand on line %(other)s already, with something else. Delete one."
    )


class TooManyLines(Invalid):
    message = N_("The file has more than %(lines)s lines. Send it in two.")


class HarvestAfter(Invalid):
    message = N_("The harvest lies after the day of delivery.")


class PriceZero(Invalid):
    message = N_("The price is 0.")


class PriceHigh(Invalid):
    message = N_("That is %(price)s € for one %(unit)s.")


class LineTwice(Invalid):
    message = N_("The same as line %(other)s.")


class PriceJump(Invalid):
    message = N_("The price was %(before)s € before.")


class PriceRounded(Invalid):
    message = N_("%(value)s € is rounded to the cent.")


class ContentChanged(Invalid):
    message = N_("One held %(before)s %(unit)s before, and %(now)s now.")


@dataclass
class Line:
    """One line of the file and what it becomes."""

    number: int
    said: str = ""
    becomes: str = ""
    sold: Sold | None = None
    unit: str = ""
    pack_id: int | None = None
    pack_amount: int = 0
    before_cents: int | None = None
    price_cents: int | None = None
    amount: int = 0  # thousandths of packs
    harvested_on: date | None = None
    use_by: date | None = None
    mark: str = ""
    refusal: Refusal | None = None
    column: str = ""  # the heading of the cell that is wrong
    doubts: list[Refusal] = field(default_factory=list)
    remarks: list[Refusal] = field(default_factory=list)

    @property
    def item(self) -> tuple[str, str]:
        """The produce and the unit; a produce that is new has only its name."""
        return plain_name(self.sold.name if self.sold else self.said), self.unit

    @property
    def key(self) -> tuple[str, str, int]:
        """The produce, the unit and what one of it holds."""
        return *self.item, self.pack_amount

    @property
    def is_written(self) -> bool:
        """Whether something is written for it."""
        return self.becomes in WRITTEN
