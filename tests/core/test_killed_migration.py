"""D-10: killed in the middle of each migration, the next run reaches the same schema."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from locomotive.core.base import Base
from tests.conftest import ENGINES
from tests.core.test_migrations import differences
from tests.service_day import leave, new_app

pytestmark = pytest.mark.full
ROOT = Path(__file__).parents[2]


def upgraded(folder: Path, address: str, how: str) -> subprocess.CompletedProcess[str]:
    """Upgrade an empty database while each migration is killed twice."""
    command = [sys.executable, "-m", "tests.core.killed_upgrade", str(folder), address, how]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("engine", ENGINES)
def test_d10_killed_in_each_migration_the_next_run_reaches_the_same_schema(
    engine: str, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    address = new_database(engine)
    done = upgraded(tmp_path, address, "whole")
    assert done.returncode == 0, done.stderr
    steps, killed = map(int, done.stdout.split()[-2:])
    assert killed >= 2 * steps - 2  # nearly each, twice: some change no table
    app = new_app(tmp_path, address)
    with app.app_context():
        assert differences(Base.metadata) == []
        leave(app)


def test_d10_the_control_a_migration_that_commits_in_pieces_stays_half_done(
    tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    done = upgraded(tmp_path, new_database("sqlite"), "piecemeal")
    assert done.returncode == 1
