"""The wheel holds all that a restaurant needs: installed alone, it serves a page in French."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.full


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command `locomotive` of an environment that holds the lock and the wheel, no more."""
    folder = tmp_path_factory.mktemp("install")
    source = folder / "source"  # a build leaves its traces beside what it builds
    unbuilt = shutil.ignore_patterns("*.mo", "__pycache__", ".*", "instance", "build")
    shutil.copytree(ROOT, source, ignore=unbuilt)
    uv = Path(sys.executable).with_name("uv")
    _run(uv, "build", "--quiet", "--wheel", "--out-dir", folder, source, cwd=folder)
    _run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    pip = [folder / "venv/bin/pip", "install", "--quiet", "--no-compile"]
    _run(*pip, "--require-hashes", "-r", ROOT / "requirements.txt", cwd=folder)
    _run(*pip, "--no-deps", *folder.glob("*.whl"), cwd=folder)
    return folder / "venv/bin/locomotive"


def test_the_command_of_the_wheel_knows_what_the_checkout_knows(
    installed: Path, tmp_path: Path
) -> None:
    here = _run(sys.executable, "-m", "flask", "--app", "wsgi", "--help", cwd=ROOT)
    there = _run(installed, "--help", cwd=tmp_path)
    names = [line.split()[0] for line in there.partition("Commands:")[2].splitlines() if line]
    assert {"serve", "worker", "staff", "db"} <= set(names)
    assert all(f"  {name} " in here for name in names)


def test_an_installed_wheel_serves_the_menu_in_french(installed: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "log"
    with log.open("w") as output:
        program = subprocess.Popen(
            [installed, "serve"],
            cwd=tmp_path,
            env={**os.environ, "PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        page = _page(f"http://127.0.0.1:{port}/", program, log)
    finally:
        program.terminate()
        program.wait()
    assert "<title>Menu du" in page
    assert (tmp_path / "instance/locomotive.db").exists()


def _page(address: str, program: subprocess.Popen[bytes], log: Path) -> str:
    """The page, waited for while the program lives."""
    while True:
        assert program.poll() is None, log.read_text()[-2000:]
        try:
            with urlopen(address) as answer:
                return answer.read().decode()
        except URLError:
            time.sleep(0.5)
