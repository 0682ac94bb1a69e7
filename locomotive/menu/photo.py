"""Photo: the picture of a dish, made small and harmless before it is kept."""

import hashlib
import re
from io import BytesIO
from pathlib import Path
from typing import IO

from PIL import Image, ImageFile, ImageOps

from ..core.refusal import N_, Invalid

MAXIMUM_BYTES = 6_000_000
# What cameras sell as 12 megapixels: up to 4096 × 3072.
MAXIMUM_PIXELS = 4096 * 3072
LONGEST_SIDE = 800
# Decoders that read the size from the header and allocate nothing before they are asked to.
FORMATS = ("JPEG", "PNG")
# The size is judged here, before anything is decoded; Pillow would only warn.
Image.MAX_IMAGE_PIXELS = None


class PhotoMissing(Invalid):
    message = N_("Choose a photo first.")


class PhotoUnreadable(Invalid):
    message = N_("This file is not a photo that we can read. Send a JPEG or PNG picture.")


class PhotoTooManyPixels(Invalid):
    message = N_(
        "This photo is too big: %(width)s × %(height)s points. "
        "Make it smaller: 4000 × 3000 at most."
    )


class PhotoTooLarge(Invalid):
    message = N_("This photo is too heavy: 6 MB at most. Send a smaller one.")
    status = 413


def is_photo_name(name: str) -> bool:
    """Whether a file of this name can be one of ours."""
    return re.fullmatch(r"[0-9a-f]{32}\.webp", name) is not None


def keep_photo(file: IO[bytes], folder: Path) -> str:
    """Make the picture small, drop everything but its points, and keep it under its digest.

    Slow, so never inside write_tx(). Returns the file's name. Raises PhotoMissing,
    PhotoUnreadable, PhotoTooManyPixels.
    """
    content = small_picture(file)
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.webp"
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.part"
    partial.write_bytes(content)
    partial.replace(folder / name)
    return name


def small_picture(file: IO[bytes]) -> bytes:
    """The picture as WebP of at most LONGEST_SIDE points a side, without any metadata."""
    if not file.read(1):
        raise PhotoMissing(field="photo")
    file.seek(0)
    # Half a picture is none; WeasyPrint, where it is loaded, lets it pass.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        picture = Image.open(file, formats=FORMATS)
    except Exception as error:  # decoders raise what they like on hostile files
        raise PhotoUnreadable(field="photo") from error
    width, height = picture.size
    if width * height > MAXIMUM_PIXELS:
        raise PhotoTooManyPixels(field="photo", width=width, height=height)
    try:
        return _drawn_again(picture)
    except Exception as error:
        raise PhotoUnreadable(field="photo") from error


def _drawn_again(picture: Image.Image) -> bytes:
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = Image.new("RGB", upright.size, "white")  # a new picture knows no place and no owner
    if upright.has_transparency_data:
        points = upright.convert("RGBA")
        plain.paste(points, mask=points.getchannel("A"))
    else:
        plain.paste(upright.convert("RGB"))
    out = BytesIO()
    plain.save(out, "WEBP", quality=80)
    return out.getvalue()
