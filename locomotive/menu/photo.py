"""Photo: the picture of a dish, made small and harmless before it is kept."""

import hashlib
import re
import secrets
from io import BytesIO
from pathlib import Path
from typing import IO

from PIL import Image, ImageFile, ImageOps, features

from ..core.refusal import N_, Invalid

MAXIMUM_BYTES = 6_000_000
# What cameras sell as 12 megapixels: up to 4096 × 3072.
MAXIMUM_PIXELS = 4096 * 3072
LONGEST_SIDE = 800
# A row of the menu shows 96 points, on screens that draw each of them as 2 × 2.
ROW_SIDE = 192
ROW_BYTES = 25_000
# The smallest first; what a Pillow without AVIF cannot write is not offered.
ROW_KINDS = tuple(kind for kind in ("avif", "webp") if features.check(kind))
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


def row_pictures(name: str) -> list[tuple[str, str]]:
    """Media type and file name of each small copy of a photo, for a row of the menu."""
    return [(f"image/{kind}", f"{name.removesuffix('.webp')}-row.{kind}") for kind in ROW_KINDS]


def ensure_picture(name: str, folder: Path) -> bool:
    """Whether a photo, or the small copy of one, is in the folder; a copy is made at first use."""
    if is_photo_name(name):
        return (folder / name).exists()
    photo = re.sub(r"-row\.[a-z]+$", ".webp", name)
    if not is_photo_name(photo) or name not in dict(row_pictures(photo)).values():
        return False
    if not (folder / name).exists() and (folder / photo).exists():
        _keep(folder / name, row_picture(folder / photo, name.rpartition(".")[2]))
    return (folder / name).exists()


def keep_photo(file: IO[bytes], folder: Path) -> str:
    """Make the picture small, drop everything but its points, and keep it under its digest.

    Slow, so never inside write_tx(). Returns the file's name. Raises PhotoMissing,
    PhotoUnreadable, PhotoTooManyPixels.
    """
    content = small_picture(file)
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.webp"
    folder.mkdir(parents=True, exist_ok=True)
    _keep(folder / name, content)
    for _type, copy in row_pictures(name):
        ensure_picture(copy, folder)
    return name


def _keep(file: Path, content: bytes) -> None:
    # Two visitors may be the first at once: each writes a file of its own.
    partial = file.with_name(f"{file.name}.{secrets.token_hex(8)}.part")
    partial.write_bytes(content)
    partial.replace(file)


def row_picture(photo: Path, kind: str) -> bytes:
    """The middle of a kept photo, ROW_SIDE points a side and at most ROW_BYTES long."""
    with Image.open(photo, formats=("WEBP",)) as kept:
        small = ImageOps.fit(kept.convert("RGB"), (ROW_SIDE, ROW_SIDE))
    for quality in (70, 50, 30):
        out = BytesIO()
        small.save(out, kind.upper(), quality=quality)
        if out.tell() <= ROW_BYTES:
            break
    return out.getvalue()


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
