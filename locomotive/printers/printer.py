"""Printer: a machine of the kitchen, what it prints, and how it was when it was spoken to last."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words
from ..core.refusal import N_, Invalid

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=5)
USUAL_PORT = 9100
# A printer without a machine: its papers are written to a folder.
FOLDER = "folder"
DEVICE = re.compile(
    r"/dev/(?:(?:usb/)?lp[0-9]{1,2}|tty(?:USB|ACM|S)[0-9]{1,2}|serial/by-id/[\w.:-]+)"
)
HOST = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9.-]{0,100}[A-Za-z0-9])?)(?::([0-9]{1,5}))?")


class Tongue(StrEnum):
    """The language that a printer understands."""

    ESCPOS = "escpos"
    BROTHER = "brother"
    ZPL = "zpl"


TONGUES: dict[Tongue, str] = {
    Tongue.ESCPOS: N_("receipt printer (ESC/POS: Epson, Star…)"),
    Tongue.BROTHER: N_("label printer Brother QL"),
    Tongue.ZPL: N_("label printer Zebra (ZPL)"),
}
# Width of the roll in mm → printable dots, and dots in a millimetre, of each kind of printer.
WIDTHS: dict[Tongue, dict[int, int]] = {
    Tongue.ESCPOS: {58: 384, 80: 576},
    Tongue.BROTHER: {50: 554, 54: 590, 62: 696, 102: 1164},
    Tongue.ZPL: {50: 384, 58: 448, 62: 480, 80: 624, 102: 800},
}
DENSITY: dict[Tongue, float] = {Tongue.ESCPOS: 8, Tongue.BROTHER: 300 / 25.4, Tongue.ZPL: 8}
# What it prints: the label that is stuck on a bag, or a ticket for the work table.
PRINTS: dict[str, str] = {"labels": N_("labels of bags"), "tickets": N_("tickets of the kitchen")}


class Condition(StrEnum):
    """How a printer was when it was spoken to last."""

    FINE = "fine"
    NO_PAPER = "no paper"
    ABSENT = "absent"
    STOPPED = "stopped"  # its lid is open, its knife is stuck, another roll is in it


CONDITIONS: dict[Condition, str] = {
    Condition.FINE: N_("works"),
    Condition.NO_PAPER: N_("No paper left"),
    Condition.ABSENT: N_("Printer absent"),
    Condition.STOPPED: N_("Printer stopped"),
}


@dataclass(frozen=True)
class Medium:
    """What a printer prints on: dots across, dots in a millimetre."""

    dots: int
    density: float

    @property
    def width(self) -> float:
        """Millimetres that can be printed."""
        return self.dots / self.density


class Printer(Base):
    """One printer as the manager has set it up."""

    __tablename__ = "printer"
    __table_args__ = (CheckConstraint("paper_mm BETWEEN 12 AND 110", name="paper"),)

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    tongue: Mapped[str] = mapped_column(String(20))
    address: Mapped[Words]
    paper_mm: Mapped[int]
    prints: Mapped[str] = mapped_column(String(20))
    station: Mapped[str] = mapped_column(String(20), default="")  # "" is all of them
    is_automatic: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    condition: Mapped[str] = mapped_column(String(20), default=Condition.FINE.value)
    failures: Mapped[int] = mapped_column(default=0)  # one after the other
    retry_at: Mapped[datetime | None]  # while it does not answer

    @property
    def medium(self) -> Medium:
        tongue = Tongue(self.tongue)
        return Medium(WIDTHS[tongue][self.paper_mm], DENSITY[tongue])

    @property
    def is_well(self) -> bool:
        return self.condition == Condition.FINE

    @property
    def is_folder(self) -> bool:
        return self.address == FOLDER


class PrinterNameTaken(Invalid):
    message = N_("Another printer has this name already. Choose another name.")


class WidthUnknown(Invalid):
    message = N_("Such a printer takes rolls of %(widths)s mm: choose one of these.")


class AddressInvalid(Invalid):
    message = N_(
        "Write an address such as 192.168.1.50 or 192.168.1.50:9100, a device such as "
        "/dev/usb/lp0, or: folder."
    )


def printers(session: Session) -> list[Printer]:
    """All printers, by name."""
    return list(session.scalars(select(Printer).order_by(Printer.name)))


def printers_at_work(session: Session, *, prints: str = "") -> list[Printer]:
    """The printers in use, by name; of one kind of paper if it is named."""
    return [p for p in printers(session) if p.is_active and prints in ("", p.prints)]


def label_printer(session: Session) -> Printer | None:
    """Where a label goes that somebody asks for without naming a printer: the first in use that
    prints whole labels, one that works before one that somebody must look at."""
    whole = [p for p in printers_at_work(session, prints="labels") if not p.station]
    return min(whole, key=lambda printer: not printer.is_well, default=None)


def printers_in_trouble(session: Session) -> list[Printer]:
    """The printers in use that somebody must look at."""
    query = select(Printer).where(Printer.is_active, Printer.condition != Condition.FINE)
    return list(session.scalars(query.order_by(Printer.name)))


def save_printer(session: Session, printer: Printer) -> None:
    """Keep a printer; what was changed is tried anew at once.

    Raises PrinterNameTaken, WidthUnknown, AddressInvalid.
    """
    others = select(Printer.id).where(Printer.name == printer.name, Printer.id != printer.id)
    with session.no_autoflush:
        if session.scalar(others) is not None:
            raise PrinterNameTaken(field="name")
    widths = WIDTHS[Tongue(printer.tongue)]
    if printer.paper_mm not in widths:
        raise WidthUnknown(field="paper_mm", widths=", ".join(map(str, widths)))
    where_is(printer.address)
    printer.condition, printer.failures, printer.retry_at = Condition.FINE.value, 0, None
    session.add(printer)
    session.flush()


def where_is(address: str) -> tuple[str, int] | str:
    """Host and port of an address, the path of a device, or FOLDER. Raises AddressInvalid."""
    if address == FOLDER or DEVICE.fullmatch(address):
        return address
    found = HOST.fullmatch(address)
    port = int(found[2] or USUAL_PORT) if found else 0
    if not found or not 0 < port < 2**16:
        raise AddressInvalid(field="address")
    return found[1], port


def note_condition(printer: Printer, condition: Condition, *, now: datetime) -> bool:
    """Keep how a printer was just now; while it does not print, the pauses between two tries
    grow. Returns whether it is another condition than before."""
    is_new = printer.condition != condition
    printer.condition = condition.value
    if condition is Condition.FINE:
        printer.failures, printer.retry_at = 0, None
    else:
        pause = FIRST_PAUSE * 2 ** min(printer.failures, 10)
        printer.failures += 1
        printer.retry_at = now + min(pause, LONGEST_PAUSE)
    return is_new
