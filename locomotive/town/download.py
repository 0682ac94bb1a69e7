"""Fetching a large file that may break off, hang, or lie about its size."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from ..core.refusal import N_, Refusal

BLOCK = 1 << 18  # bytes
# What must stay free on the disk, so that orders can be written meanwhile.
LEAST_FREE = 1_000_000_000  # bytes
# A network is cut out of an extract, drawn and built beside it.
ROOM_FOR_WORK = 2
Told = Callable[[int, int | None], None]


class NotFetched(Refusal):
    """A file did not come, or not whole; what came of it is kept for the next try."""

    def __init__(self, message: str, **values: object) -> None:
        self.message = message
        super().__init__(**values)


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for: seconds without a byte, seconds for each block at least,
    tries without anything new, and seconds between them."""

    silence: float = 30.0
    block: float = 120.0
    tries: int = 4
    pause: float = 5.0


class _Broken(Exception):
    """The server broke off; what came stays."""


def fetch(url: str, target: Path, *, told: Told, patience: Patience | None = None) -> Path:
    """Fetch a file to `target`, going on where an earlier try broke off.

    `told` hears (bytes so far, bytes in all). Where the server keeps a checksum beside the file
    (`.md5`), the file is compared with it. Raises NotFetched.
    """
    patience = patience or Patience()
    part = target.with_name(f"{target.name}.part")
    wanted = _checksum(url, patience)
    for attempt in (1, 2):
        _fetch_whole(url, part, told, patience)
        if not wanted or _md5(part) == wanted:
            part.replace(target)
            _note_of(part).unlink(missing_ok=True)
            return target
        # The beginning may be of an older file: once more from nothing.
        _forget(part)
        if attempt == 2:
            break
    raise NotFetched(
        N_("%(file)s came with another checksum than the server names: try again later."),
        file=name_of(url),
    )


def name_of(url: str) -> str:
    """The file that an address names."""
    return urlsplit(url).path.rsplit("/", 1)[-1] or url


def _fetch_whole(url: str, part: Path, told: Told, patience: Patience) -> None:
    """Try until the file is whole; only tries that bring nothing new are counted."""
    furthest, idle = part.stat().st_size if part.exists() else 0, 0
    while True:
        try:
            _take(url, part, told, patience)
            return
        except HTTPError as error:
            if error.code < 500:
                raise NotFetched(
                    N_(
                        "%(file)s: the server answers %(code)s; look at the address in the "
                        "settings."
                    ),
                    file=name_of(url),
                    code=error.code,
                ) from error
            cause: Exception = error
        except (_Broken, HTTPException, OSError) as error:
            _check_ours(error)
            cause = error
        size = part.stat().st_size if part.exists() else 0
        idle = 0 if size > furthest else idle + 1
        furthest = max(furthest, size)
        if idle >= patience.tries:
            raise NotFetched(
                N_(
                    "%(file)s did not come whole (%(cause)s): what came is kept, and the next try "
                    "goes on from there."
                ),
                file=name_of(url),
                cause=_words_of(cause),
            ) from cause
        sleep(patience.pause)


def _take(url: str, part: Path, told: Told, patience: Patience) -> None:
    """One try: take what is missing and write it behind what is there."""
    have = part.stat().st_size if part.exists() else 0
    with _opened(url, have, part, patience) as (answer, start, total):
        if total is not None:
            check_disk(part.parent, coming=total - start + ROOM_FOR_WORK * total)
        with part.open("r+b" if start else "wb") as file:
            file.seek(start)
            file.truncate()
            done = start
            for block in _blocks(answer, patience):
                file.write(block)
                done += len(block)
                check_disk(part.parent, coming=0)
                told(done, total)
    if total is not None and done < total:
        raise _Broken(f"{done} of {total} bytes")
    if total is not None and done > total:
        _forget(part)
        raise _Broken(f"{done} bytes instead of {total}")


@contextmanager
def _opened(
    url: str, have: int, part: Path, patience: Patience
) -> Iterator[tuple[Any, int, int | None]]:
    """The answer, from which byte on it is, and how many there are in all."""
    note = _note_of(part)
    known = json.loads(note.read_text()) if have and note.exists() else {}
    headers = {"User-Agent": "La Locomotive"}
    if known.get("url") == url and known.get("mark"):
        headers |= {"Range": f"bytes={have}-", "If-Range": known["mark"]}
    try:
        answer = urlopen(Request(url, headers=headers), timeout=patience.silence)
    except HTTPError as error:
        if error.code != 416:
            raise
        # More bytes than the server has: they are of another file.
        _forget(part)
        raise _Broken("416") from error
    with answer:
        found = re.fullmatch(
            r"bytes (\d+)-\d+/(\d+)", answer.headers.get("Content-Range", "") or ""
        )
        if getattr(answer, "status", 200) == 206 and found and int(found[1]) == have:
            yield answer, have, int(found[2])
            return
        mark = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        # A weak mark says nothing of single bytes.
        note.write_text(json.dumps({"url": url, "mark": "" if mark.startswith("W/") else mark}))
        length = answer.headers.get("Content-Length") or ""
        yield answer, 0, int(length) if length.isdigit() else None


def _blocks(answer: Any, patience: Patience) -> Iterator[bytes]:
    """The answer piece by piece; a server that trickles is one that hangs."""
    since, came = monotonic(), 0
    while piece := answer.read1(BLOCK):
        yield piece
        came += len(piece)
        if came >= BLOCK:
            since, came = monotonic(), 0
        elif monotonic() - since > patience.block:
            raise _Broken("the server is too slow")


def check_disk(folder: Path, *, coming: int) -> None:
    """Refuse what the disk has no room for. Raises NotFetched."""
    free = shutil.disk_usage(folder).free
    if free < coming + LEAST_FREE:
        raise NotFetched(
            N_("The disk has %(free)s GB free and %(needed)s GB are needed: make room first."),
            free=f"{free / 1e9:.1f}",
            needed=f"{(coming + LEAST_FREE) / 1e9:.1f}",
        )


def _check_ours(error: Exception) -> None:
    """A fault of this machine or of the address is none that waiting mends."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, FileNotFoundError | PermissionError | IsADirectoryError):
        raise NotFetched(N_("%(cause)s: look at the settings."), cause=reason) from error
    if isinstance(error, OSError) and error.errno == 28:  # no space left on device
        raise NotFetched(N_("The disk is full: make room first.")) from error


def _checksum(url: str, patience: Patience) -> str:
    """The MD5 that the server keeps beside the file; empty when it keeps none."""
    try:
        with urlopen(f"{url}.md5", timeout=patience.silence) as answer:
            text = answer.read(200).decode("ascii", "replace")
    except (HTTPException, OSError):
        return ""
    found = re.match(r"([0-9a-fA-F]{32})\b", text)
    return found[1].lower() if found else ""


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _note_of(part: Path) -> Path:
    """Which file the beginning is of, by the mark that the server gave it."""
    return part.with_name(f"{part.name}.json")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note_of(part).unlink(missing_ok=True)


def _words_of(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    return " ".join(str(reason).split()) or type(reason).__name__
