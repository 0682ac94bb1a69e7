"""Backup: one file that holds the database, the kept files, and what must be found in it.

A backup is a gzipped tar archive: `database.db`, `files/…`, and `manifest.json` at its end. With
a key it is encrypted as a whole (the age format: age-encryption.org). Its name holds the instant
at which it was made and the digest of its bytes, so that one that is cut off or changed is seen
without opening it; `tar`, `age` and SQLite open it where this program is missing.
"""

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

STAMP = "%Y%m%dT%H%M%SZ"
NAME = re.compile(r"locomotive-([0-9]{8}T[0-9]{6}Z)-([0-9a-f]{32})\.tar\.gz(\.age)?")
FORMAT = 1
DATABASE, FILES, MANIFEST = "database.db", "files", "manifest.json"


class BackupRefused(Exception):
    """A backup that cannot be made or used; the sentence says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup says of itself: made when, by which version, with how many rows and files."""

    format: int = FORMAT
    made_at: str
    version: str  # of the program
    revision: str  # of the tables
    engine: str
    rows: dict[str, int]  # table → number of rows
    files: dict[str, tuple[int, str]]  # path in the archive → bytes, SHA-256


def made_at(path: Path) -> datetime:
    """The instant that a backup's name tells."""
    found = NAME.fullmatch(path.name)
    if found is None:
        raise BackupRefused(f"{path.name} is no name of a backup: give the file its own name back.")
    return datetime.strptime(found[1], STAMP).replace(tzinfo=UTC)


def backups_in(folder: Path) -> list[Path]:
    """The backups in a folder, the newest first."""
    return sorted((p for p in folder.glob("*") if NAME.fullmatch(p.name)), reverse=True)


def files_below(root: Path, folders: Iterable[str]) -> list[Path]:
    """Every whole file of the folders; what is half written (`.part`) is none yet."""
    found = [path for name in folders for path in sorted((root / name).rglob("*"))]
    return [path for path in found if path.is_file() and path.suffix != ".part"]


def pack(partial: Path, manifest: Manifest, contents: Iterable[tuple[str, Path]]) -> None:
    """Write the archive: each file under its name, the manifest last."""
    note = partial.with_name(MANIFEST)
    with tarfile.open(partial, "w:gz", compresslevel=3) as tar:
        for name, path in contents:
            tar.add(path, name)
        note.write_text(json.dumps(asdict(manifest)))
        tar.add(note, MANIFEST)


def encrypt(plain: Path, sealed: Path, *, key: str) -> None:
    """Encrypt a file for the owner of an age key (AGE-SECRET-KEY-1…)."""
    import pyrage  # loaded where a key is set only

    identity = pyrage.x25519.Identity.from_str(key)
    pyrage.encrypt_file(str(plain), str(sealed), [identity.to_public()])


def decrypt(sealed: Path, plain: Path, *, key: str) -> None:
    """Decrypt a file. Raises BackupRefused without the key that it was encrypted for."""
    import pyrage

    if not key:
        raise BackupRefused(f"{sealed.name} is encrypted: set LOCOMOTIVE_BACKUP_KEY to its key.")
    try:
        identity = pyrage.x25519.Identity.from_str(key)
        pyrage.decrypt_file(str(sealed), str(plain), [identity])
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise BackupRefused(
            f"{sealed.name} does not open with LOCOMOTIVE_BACKUP_KEY: {error}."
        ) from error


def new_key() -> str:
    """A new key for encrypted backups."""
    import pyrage

    return str(pyrage.x25519.Identity.generate())


def put_in_place(partial: Path, folder: Path, *, at: datetime) -> Path:
    """Give a finished archive its name in the backups' folder, whole or not at all."""
    ending = ".tar.gz.age" if partial.suffix == ".age" else ".tar.gz"
    final = folder / f"locomotive-{at.astimezone(UTC):{STAMP}}-{_digest(partial)[:32]}{ending}"
    copied = folder / f".{final.name}.part"
    with partial.open("rb") as source, copied.open("wb") as target:
        os.fchmod(target.fileno(), 0o600)
        while piece := source.read(1 << 20):
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    copied.replace(final)
    return final


def unpack(path: Path, scratch: Path, *, key: str) -> Manifest:
    """Check a backup and lay its contents out in an empty folder.

    Raises BackupRefused for one that is cut off, changed, encrypted for another key, not whole,
    or written in a format that this program does not know.
    """
    made_at(path)
    found = NAME.fullmatch(path.name)
    if found is None or _digest(path)[:32] != found[2]:
        raise BackupRefused(f"{path.name} is damaged or not whole: take another backup.")
    archive = path
    if found[3]:
        archive = scratch / "archive.tar.gz"
        decrypt(path, archive, key=key)
    with tarfile.open(archive, "r:gz") as tar:
        tar.extractall(scratch, filter="data")
    return _checked(path, scratch)


def _checked(path: Path, scratch: Path) -> Manifest:
    """The manifest, once every file that it names was found as it says."""
    note = scratch / MANIFEST
    if not note.exists():
        raise BackupRefused(f"{path.name} has no manifest, so it is not whole: take another one.")
    told = json.loads(note.read_text())
    if told.get("format") != FORMAT:
        raise BackupRefused(f"{path.name} was written by a newer program: install that one first.")
    manifest = Manifest(**told)
    for name, (size, digest) in manifest.files.items():
        file = scratch / name
        if not file.is_file() or file.stat().st_size != size or _digest(file) != digest:
            raise BackupRefused(f"{path.name}: {name} is not what the manifest says.")
    return manifest


def file_facts(path: Path) -> tuple[int, str]:
    """Bytes and SHA-256 of a file, as the manifest has them."""
    return path.stat().st_size, _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
