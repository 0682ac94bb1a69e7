"""Brother QL: pictures as raster lines ("Software Developer's Manual, Raster Command Reference,
QL-800/810W/820NWB"), and what such a printer says of itself. No alive library under a free
licence of our kind writes them."""

from PIL import Image, ImageOps

from .printer import Condition

QUESTION = b"\x1biS"
ANSWER = 32  # bytes
# Dots across the tape → (bytes of a line, dots that stay free at its right).
LINES = {554: (90, 12), 590: (90, 0), 696: (90, 12), 1164: (162, 56)}
SHORTEST = 150  # lines: what is shorter cannot be cut off
FEED = 35  # lines before and after what is printed
NO_MEDIA, CANNOT_FEED = 0x03, 0x40


def encode(picture: Image.Image, paper_mm: int) -> bytes:
    """The bytes that print a picture on an endless tape, and cut it off."""
    width, free = LINES[picture.width]
    height = max(picture.height, SHORTEST)
    line = Image.new("1", (8 * width, height), 1)
    line.paste(picture, (8 * width - free - picture.width, 0))
    # The head writes from right to left, and a bit that is set is black.
    dots = ImageOps.invert(ImageOps.mirror(line).convert("L")).convert("1").tobytes()
    lines = [dots[at : at + width] for at in range(0, len(dots), width)]
    return b"".join(
        [
            bytes(400),  # ends whatever was begun before
            b"\x1b@",
            b"\x1bia\x01",  # raster lines follow
            # Endless tape of this width, and how many lines follow.
            b"\x1biz" + bytes([0x86, 0x0A, paper_mm, 0]) + height.to_bytes(4, "little") + bytes(2),
            b"\x1biM\x40",  # cut by itself,
            b"\x1biA\x01",  # after each label,
            b"\x1biK\x08",  # and at the end
            b"\x1bid" + FEED.to_bytes(2, "little"),
            b"M\x00",  # no compression
            *(b"g\x00" + bytes([width]) + one for one in lines),
            b"\x1a",
        ]
    )


def condition(reply: bytes, paper_mm: int) -> Condition:
    """What a printer's 32 bytes say; without an answer it is taken to be fine."""
    if len(reply) < ANSWER or reply[:1] != b"\x80":
        return Condition.FINE
    if reply[8] & NO_MEDIA or reply[9] & CANNOT_FEED:
        return Condition.NO_PAPER
    has_fault = reply[8] or reply[9] or reply[10] not in (0, paper_mm)
    return Condition.STOPPED if has_fault else Condition.FINE
