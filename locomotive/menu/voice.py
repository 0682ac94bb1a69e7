"""Voice: a dish's name as the team says it, or as a program does where it is installed, for those
who would rather hear than read."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import IO

from ..core.refusal import N_, Invalid

PROGRAM = "espeak-ng"
SPEED = "140"  # words a minute: slow enough for learners
LONGEST_SECONDS = 20  # that the program may take
MAXIMUM_BYTES = 400_000  # half a minute of speech, as browsers record it
# First bytes of what browsers record and phones save: offset, bytes, ending, type.
FORMATS = (
    (0, b"\x1a\x45\xdf\xa3", "webm", "audio/webm"),
    (0, b"OggS", "ogg", "audio/ogg"),
    (0, b"RIFF", "wav", "audio/wav"),
    (4, b"ftyp", "m4a", "audio/mp4"),
    (0, b"ID3", "mp3", "audio/mpeg"),
    (0, b"\xff\xfb", "mp3", "audio/mpeg"),
)
TYPES = {ending: kind for _, _, ending, kind in FORMATS}


class VoiceMissing(Invalid):
    message = N_("Record the name, or choose a sound file first.")


class VoiceUnreadable(Invalid):
    message = N_("This file is not a sound that we can play. Send WebM, Ogg, WAV, M4A or MP3.")


class VoiceTooLong(Invalid):
    message = N_("This recording is too long: say the name of the dish only.")


def is_voice_name(name: str) -> bool:
    """Whether a file of this name can be one of ours."""
    return re.fullmatch(rf"[0-9a-f]{{32}}\.({'|'.join(TYPES)})", name) is not None


def type_of(name: str) -> str:
    """The media type of one of our files."""
    return TYPES[name.rpartition(".")[2]]


def keep_voice(file: IO[bytes], folder: Path) -> str:
    """Keep a recording under its digest and return its name.

    It is told by its first bytes, never by its name, and served as nothing but sound. Raises
    VoiceMissing, VoiceUnreadable, VoiceTooLong.
    """
    content = file.read(MAXIMUM_BYTES + 1)
    if not content:
        raise VoiceMissing(field="voice")
    if len(content) > MAXIMUM_BYTES:
        raise VoiceTooLong(field="voice")
    for offset, begin, ending, _ in FORMATS:
        if content[offset : offset + len(begin)] == begin:
            name = f"{hashlib.sha256(content).hexdigest()[:32]}.{ending}"
            folder.mkdir(parents=True, exist_ok=True)
            partial = folder / f"{name}.part"
            partial.write_bytes(content)
            partial.replace(folder / name)
            return name
    raise VoiceUnreadable(field="voice")


def _command(language: str) -> list[str]:
    return [PROGRAM, "-v", language, "-s", SPEED]


def spoken_file(text: str, language: str = "fr") -> str:
    """The name of the file in which a program says a text; another text is another file."""
    said = " ".join([*_command(language), text])
    return f"{hashlib.sha256(said.encode()).hexdigest()[:32]}.wav"


def can_speak() -> bool:
    """Whether the program that speaks is installed."""
    return shutil.which(PROGRAM) is not None


def speak(text: str, folder: Path, language: str = "fr") -> str | None:
    """Let the program say a text into a folder, once; the file's name, None when it fails."""
    name = spoken_file(text, language)
    if (folder / name).exists():
        return name
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.part"
    try:
        subprocess.run(
            [*_command(language), "--stdin", "-w", str(partial)],
            input=text.encode(),
            capture_output=True,
            check=True,
            timeout=LONGEST_SECONDS,
        )
        partial.replace(folder / name)
    except (OSError, subprocess.SubprocessError):
        partial.unlink(missing_ok=True)
        return None
    return name
