"""ESC/POS: pictures for receipt printers, and what such a printer says of itself."""

from escpos.constants import RT_STATUS_PAPER
from escpos.printer import Dummy
from PIL.Image import Image

from .printer import Condition

# "DLE EOT 2" asks why it does not print, "DLE EOT 4" how much paper is left; a byte each.
QUESTION = b"\x10\x04\x02" + RT_STATUS_PAPER
ANSWER = 2  # bytes
LID_OPEN, FAULT, PAPER_OUT = 0x04, 0x40, 0x60


def encode(picture: Image) -> bytes:
    """The bytes that print a picture of one bit a dot, and cut it off."""
    page = Dummy()
    page.hw("INIT")
    page.image(picture, impl="bitImageRaster", center=False)
    page.cut()
    return bytes(page.output)


def condition(reply: bytes) -> Condition:
    """What a printer's two bytes say; without an answer it is taken to be fine."""
    if len(reply) < ANSWER:
        return Condition.FINE
    why, paper = reply[0], reply[1]
    if paper & PAPER_OUT:
        return Condition.NO_PAPER
    return Condition.STOPPED if why & (LID_OPEN | FAULT) else Condition.FINE
