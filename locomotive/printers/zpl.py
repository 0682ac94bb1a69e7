"""ZPL: pictures for Zebra's label printers ("ZPL II Programming Guide": ^GF, ~HS)."""

from PIL import Image, ImageOps

from .printer import Condition

QUESTION = b"~HS"
ANSWER = 82  # bytes: three lines


def encode(picture: Image.Image) -> bytes:
    """The bytes that print a picture on an endless roll, as long as it is."""
    width = -(-picture.width // 8)
    whole = Image.new("1", (8 * width, picture.height), 1)
    whole.paste(picture, (0, 0))
    dots = ImageOps.invert(whole.convert("L")).convert("1").tobytes()
    size = len(dots)
    return (
        f"^XA^MNN^PW{8 * width}^LL{picture.height}^LH0,0"
        f"^FO0,0^GFA,{size},{size},{width},{dots.hex().upper()}^FS^XZ\n"
    ).encode()


def condition(reply: bytes) -> Condition:
    """What a printer's three lines say; without an answer it is taken to be fine."""
    lines = [line.strip(b"\x02\x03\r").split(b",") for line in reply.split(b"\n")]
    if len(lines) < 2 or len(lines[0]) < 3 or len(lines[1]) < 4:
        return Condition.FINE
    if lines[0][1] == b"1":
        return Condition.NO_PAPER
    is_stopped = lines[0][2] == b"1" or b"1" in lines[1][2:4]  # paused; its head, its ribbon
    return Condition.STOPPED if is_stopped else Condition.FINE
