"""A large file comes whole or not at all, whatever its server does."""

from __future__ import annotations

import random
import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from locomotive.town.download import NotFetched, Patience, fetch
from tests.mirror import Mirror, Shelf, mirrored

CONTENT = random.Random(1).randbytes(900_000)
HASTE = Patience(silence=0.2, block=0.3, tries=2, pause=0.0)


@pytest.fixture(scope="module")
def server() -> Iterator[Mirror]:
    with mirrored() as mirror:
        yield mirror


def fetched(server: Mirror, folder: Path, shelf: Shelf) -> Path:
    server.shelves["map.osm.pbf"] = shelf
    url = f"{server.address}/map.osm.pbf"
    return fetch(url, folder / "map.osm.pbf", told=lambda done, total: None, patience=HASTE)


def test_a_file_comes_with_its_progress(server: Mirror, tmp_path: Path) -> None:
    server.shelves["map.osm.pbf"] = Shelf(CONTENT, md5="")
    heard: list[tuple[int, int | None]] = []
    url = f"{server.address}/map.osm.pbf"
    path = fetch(url, tmp_path / "map", told=lambda *at: heard.append(at), patience=HASTE)
    assert path.read_bytes() == CONTENT
    assert heard[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert [file.name for file in tmp_path.iterdir()] == ["map"]


def test_what_breaks_off_goes_on_where_it_was(server: Mirror, tmp_path: Path) -> None:
    shelf = Shelf(CONTENT, breaks_after=200_000, md5="")
    assert fetched(server, tmp_path, shelf).read_bytes() == CONTENT
    assert shelf.asked == ["", *(f"bytes={n}00000-" for n in (2, 4, 6, 8))]


def test_a_later_try_goes_on_where_an_earlier_one_ended(server: Mirror, tmp_path: Path) -> None:
    # It names more than it has: the first try gets all of it, and never the end.
    with pytest.raises(NotFetched, match="did not come whole"):
        fetched(server, tmp_path, Shelf(CONTENT[:500_000], claims=len(CONTENT)))
    shelf = Shelf(CONTENT, md5="")
    assert fetched(server, tmp_path, shelf).read_bytes() == CONTENT
    assert shelf.asked == ["bytes=500000-"]


def test_the_beginning_of_an_older_file_is_no_beginning(server: Mirror, tmp_path: Path) -> None:
    with pytest.raises(NotFetched):
        fetched(server, tmp_path, Shelf(bytes(500_000), claims=len(CONTENT), mark='"old"'))
    shelf = Shelf(CONTENT)
    assert fetched(server, tmp_path, shelf).read_bytes() == CONTENT
    # Also where the mark says that it were the same: the checksum says that it is not.
    (tmp_path / "second").mkdir()
    with pytest.raises(NotFetched):
        fetched(server, tmp_path / "second", Shelf(bytes(500_000), claims=len(CONTENT)))
    again = Shelf(CONTENT, md5="")
    assert fetched(server, tmp_path / "second", again).read_bytes() == CONTENT
    assert again.asked == ["bytes=500000-", ""]


def test_a_server_without_ranges_begins_anew_each_time(server: Mirror, tmp_path: Path) -> None:
    shelf = Shelf(CONTENT, breaks_after=200_000, takes_ranges=False)
    with pytest.raises(NotFetched, match="did not come whole"):
        fetched(server, tmp_path, shelf)
    # Ever the same beginning: two tries that bring nothing new, and no more.
    assert len(shelf.asked) == 3


@pytest.mark.parametrize(
    ("shelf", "sentence"),
    [
        (Shelf(CONTENT, claims=2 * len(CONTENT)), "did not come whole"),
        (Shelf(CONTENT, md5="0" * 32), "another checksum"),
        (Shelf(CONTENT, claims=len(CONTENT) // 2, md5=""), "another checksum"),
        (Shelf(CONTENT, hangs=True), "did not come whole"),
    ],
)
def test_a_server_that_lies_or_hangs_is_refused(
    server: Mirror, tmp_path: Path, shelf: Shelf, sentence: str
) -> None:
    (tmp_path / "map.osm.pbf").write_bytes(b"the one of last month")
    with pytest.raises(NotFetched) as refused:
        fetched(server, tmp_path, shelf)
    assert sentence in refused.value.message
    assert (tmp_path / "map.osm.pbf").read_bytes() == b"the one of last month"


def test_a_file_that_is_not_there_is_not_waited_for(server: Mirror, tmp_path: Path) -> None:
    for url in (f"{server.address}/nothing", (tmp_path / "nothing").as_uri()):
        with pytest.raises(NotFetched, match="look at"):
            fetch(url, tmp_path / "map", told=lambda done, total: None, patience=HASTE)


def test_a_file_of_this_machine_comes_alike(tmp_path: Path) -> None:
    (tmp_path / "map.osm.pbf").write_bytes(CONTENT)
    url = (tmp_path / "map.osm.pbf").as_uri()
    path = fetch(url, tmp_path / "map", told=lambda done, total: None, patience=HASTE)
    assert path.read_bytes() == CONTENT


def test_what_the_disk_has_no_room_for_is_not_begun(
    server: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**10, 9 * 10**9, 10**9 + 1000))
    with pytest.raises(NotFetched, match="GB free"):
        fetched(server, tmp_path, Shelf(CONTENT))
    assert not (tmp_path / "map.osm.pbf.part").exists()
