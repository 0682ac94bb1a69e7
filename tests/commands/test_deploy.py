"""The files of deploy/: what they name exists, and each is accepted by its own program."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from locomotive.core.settings import Settings, WrongSetting, read_settings

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def _example() -> dict[str, str]:
    lines = (DEPLOY / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line.startswith("LOCOMOTIVE_"))


def test_every_setting_that_is_named_exists() -> None:
    known = {f"LOCOMOTIVE_{field.name.upper()}" for field in fields(Settings)}
    known.add("LOCOMOTIVE_WEB")  # the Caddyfile's own
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]
    named = {name for path in files for name in re.findall(r"LOCOMOTIVE_[A-Z_]+", path.read_text())}
    assert named <= known
    assert "LOCOMOTIVE_SECRET_KEY" in named


def test_the_example_starts_once_it_is_filled_in_and_not_before() -> None:
    example = _example()
    with pytest.raises(WrongSetting, match="SECRET_KEY"):
        read_settings(example)
    blanks = {name: f"filled in {name}" for name, value in example.items() if not value}
    filled = example | blanks | {"LOCOMOTIVE_SECRET_KEY": "k3-" + "x9Q_" * 12}
    filled["LOCOMOTIVE_RESTAURANT_PHONE"] = "03 21 00 00 00"
    filled["LOCOMOTIVE_RESTAURANT_EMAIL"] = "bonjour@example.org"
    assert read_settings(filled).is_production


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_runs_without_rights_and_writes_in_its_folder_alone(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    for rule in ("User=locomotive", "NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077"):
        assert rule in lines
    command = next(line for line in lines if line.startswith("ExecStart="))
    program = command.removeprefix("ExecStart=").split()[0].rpartition("/")[2]
    project = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text())["project"]
    assert program in (*project["scripts"], "gunicorn")


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    for path in (DEPLOY / "systemd").iterdir():
        (tmp_path / path.name).write_text(
            re.sub(r"/opt/locomotive/venv/bin/\w+", "/bin/true", path.read_text())
        )
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in said.stderr.splitlines() if "locomotive" in line]
    assert not ours


def test_the_alerts_watch_what_is_told() -> None:
    told = (DEPLOY.parent / "locomotive/office/metrics.py").read_text()
    watched = set(re.findall(r"locomotive_(\w+)", (DEPLOY / "alerts.yaml").read_text()))
    assert watched
    assert all(f'"{name}"' in told for name in watched)
