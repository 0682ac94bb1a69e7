"""A dish's photo: made small, made harmless."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from locomotive.core.db import db
from locomotive.menu.dish import Dish
from locomotive.menu.photo import (
    MAXIMUM_PIXELS,
    ROW_BYTES,
    PhotoTooManyPixels,
    keep_photo,
    row_picture,
    row_pictures,
    small_picture,
)
from tests.office_day import error_at, fresh
from tests.service_day import Day


def jpeg(width: int = 1600, height: int = 1200, *, secret: str = "") -> bytes:
    """A JPEG whose metadata carries a secret, turned upright by its orientation only."""
    picture = Image.new("RGB", (width, height), "tomato")
    exif = picture.getexif()
    exif[0x0112] = 6
    exif[0x010E] = secret
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=secret.encode())
    return out.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A tiny file whose header promises a huge picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def send(client: FlaskClient, content: bytes) -> TestResponse:
    """Send a photo as a browser's form does."""
    head = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n\r\n'
    return client.post(
        "/office/dishes/1/photo",
        data=head + content + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )


def photo_of(dish_id: int) -> str | None:
    found: str | None = fresh(db.session.get_one(Dish, dish_id)).photo
    return found


def test_a_photo_is_made_small_and_its_metadata_is_gone(
    day: Day, office: FlaskClient, tmp_path: Path
) -> None:
    content = jpeg(secret="50.4697 2.9936 taken at home")
    assert b"taken at home" in content
    assert send(office, content).status_code == 303
    name = photo_of(1)
    assert name
    kept = (tmp_path / "photos" / name).read_bytes()
    assert b"taken at home" not in kept
    with Image.open(BytesIO(kept)) as picture:
        assert picture.format == "WEBP"
        assert picture.size == (600, 800)  # upright, as the camera meant it
        assert not dict(picture.getexif())
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(picture.info)


def test_everybody_may_look_at_a_photo_and_keep_it_for_long(day: Day, office: FlaskClient) -> None:
    send(office, jpeg())
    answer = day.app.test_client().get(f"/photos/{photo_of(1)}")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert "public" in answer.headers["Cache-Control"]
    answer.close()
    assert f"/photos/{photo_of(1)}" in office.get("/office/dishes/1").text


def test_the_menus_row_has_small_copies_of_it(
    day: Day, office: FlaskClient, tmp_path: Path
) -> None:
    send(office, jpeg())
    pictures = row_pictures(photo_of(1) or "")
    assert [kind for kind, _name in pictures] == ["image/avif", "image/webp"]
    page = day.app.test_client().get("/").text
    for kind, name in pictures:
        answer = day.app.test_client().get(f"/photos/{name}")
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert f"/photos/{name}" in page
        with Image.open(BytesIO(answer.data)) as picture:
            assert picture.size == (192, 192)
        answer.close()
        assert (tmp_path / "photos" / name).exists()


def test_a_photo_kept_before_gets_its_copies_at_first_use(day: Day, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    photo = keep_photo(BytesIO(jpeg()), folder)
    names = [name for _kind, name in row_pictures(photo)]
    for name in names:
        (folder / name).unlink()
    for name in names:
        answer = day.app.test_client().get(f"/photos/{name}")
        assert answer.status_code == 200
        answer.close()
    assert {file.name for file in folder.iterdir()} == {photo, *names}


@pytest.mark.parametrize("kind", ["avif", "webp"])
def test_the_copy_of_a_picture_that_compresses_badly_is_light_too(
    tmp_path: Path, kind: str
) -> None:
    noise = Image.effect_noise((800, 800), 120)
    noise.save(tmp_path / "noise.webp", "WEBP", quality=90)
    assert (tmp_path / "noise.webp").stat().st_size > 10 * ROW_BYTES
    assert len(row_picture(tmp_path / "noise.webp", kind)) <= ROW_BYTES


@pytest.mark.parametrize(
    "name",
    [
        "0" * 32 + "-row.webp",
        "0" * 32 + "-row.png",
        "a-row.avif",
        "a.webp",
        "0" * 32 + ".png",
        "A" * 32 + ".webp",
        "0" * 32 + ".webp",
        "..%2fsecret_key",
    ],
)
def test_no_other_file_is_given_out(day: Day, name: str) -> None:
    assert day.app.test_client().get(f"/photos/{name}").status_code == 404


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose a photo first."),
        (b"hello, I am no photo", "This file is not a photo that we can read."),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "This file is not a photo that we can read.",
        ),
        (b"GIF89a" + b"\0" * 100, "This file is not a photo that we can read."),
        (jpeg()[:2000], "This file is not a photo that we can read."),
        (png_of_size(30_000, 30_000), "This photo is too big: 30000 × 30000 points."),
        (png_of_size(2**31 - 1, 2**31 - 1), "This photo is too big"),
        (png_of_size(4097, 3072), "This photo is too big"),
        (png_of_size(3000, 3000), "This file is not a photo that we can read."),
    ],
    ids=["none", "text", "svg", "gif", "cut", "bomb", "huge bomb", "one too many", "short"],
)
def test_a_file_that_is_no_good_photo_is_refused_with_a_sentence(
    day: Day, office: FlaskClient, tmp_path: Path, content: bytes, sentence: str
) -> None:
    answer = send(office, content)
    assert answer.status_code == 422
    assert error_at(answer, "photo").startswith(sentence)
    assert photo_of(1) is None
    assert not list(tmp_path.glob("photos/*"))


def test_no_file_at_all_is_refused(day: Day, office: FlaskClient) -> None:
    answer = office.post("/office/dishes/1/photo", data={})
    assert (answer.status_code, error_at(answer, "photo")) == (422, "Choose a photo first.")


def test_a_file_over_six_megabytes_is_refused_on_the_same_page(
    day: Day, office: FlaskClient
) -> None:
    answer = send(office, jpeg() + b"\0" * 6_100_000)
    assert answer.status_code == 413
    assert error_at(answer, "photo") == "This photo is too heavy: 6 MB at most. Send a smaller one."
    assert photo_of(1) is None


def test_a_file_just_under_six_megabytes_is_taken(day: Day, office: FlaskClient) -> None:
    assert send(office, jpeg() + b"\0" * 5_900_000).status_code == 303


def test_b04_only_the_photo_route_takes_large_bodies(day: Day, office: FlaskClient) -> None:
    answer = office.post("/office/dishes/1", data={"name": "x" * 1_200_000})
    assert answer.status_code == 413


def test_a_large_file_from_a_stranger_is_not_read(day: Day) -> None:
    for client in (day.app.test_client(), day.signed_in("kitchen")):
        assert send(client, jpeg() + b"\0" * 6_100_000).status_code in (403, 413)


def test_b06_the_size_is_judged_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", explode)
    with pytest.raises(PhotoTooManyPixels):
        small_picture(BytesIO(png_of_size(MAXIMUM_PIXELS + 1, 1)))


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "LA", "CMYK", "1"])
def test_every_kind_of_picture_becomes_a_plain_one(mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (900, 30)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    out.seek(0)
    with Image.open(BytesIO(small_picture(out))) as picture:
        assert (picture.mode, picture.width) == ("RGB", 800)


def test_a_photo_is_removed(day: Day, office: FlaskClient) -> None:
    send(office, jpeg())
    assert office.post("/office/dishes/1/photo/remove").status_code == 303
    assert photo_of(1) is None
