"""F-16: what one machine keeps or makes, every other one reaches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.core.settings import Settings
from locomotive.menu.dish import Dish
from locomotive.privacy.erasure import erase_files
from locomotive.worker.paper import make_papers
from tests.conftest import ENGINES
from tests.service_day import Browser, Day, lay_lunch, leave, new_app
from tests.test_house import HOUSE, sources

Machines = tuple[Day, Day]


@pytest.fixture(params=ENGINES)
def machines(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    new_database: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Machines]:
    """Two machines with a folder of their own, one database, and one folder that both have."""
    address = new_database(request.param)
    made = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        app = new_app(tmp_path / name, address, files_folder=tmp_path / "mount")
        app.test_client_class = Browser
        made.append(app)
    with made[0].app_context():
        lay_lunch()
    monkeypatch.setattr(clock, "now", lambda: Day(made[0]).at(9))
    yield Day(made[0]), Day(made[1])
    for app in made:
        with app.app_context():
            leave(app)


def add_photo(one: Day) -> str:
    """Let the office of one machine give a dish its photo; the photo's name."""
    with one.app.app_context():
        picture = BytesIO()
        Image.new("RGB", (640, 480), "orange").save(picture, "PNG")
        picture.seek(0)
        sent = {"photo": (picture, "stew.png")}
        answer = one.signed_in("manager").post("/office/dishes/1/photo", data=sent)
        assert answer.status_code == 303, answer.text
        name = db.session.get_one(Dish, 1).photo
    assert name
    return str(name)


def status_at(day: Day, address: str, role: str = "kitchen") -> int:
    with day.app.app_context(), day.signed_in(role).get(address) as answer:
        return answer.status_code


def pack_at(one: Day) -> str:
    """Let one machine's worker make the lunch's papers; their address."""
    with one.app.app_context():
        one.order("Nadia", to="school")
        make_papers(one.service.id, "fr")
    found = sorted(one.app.extensions["settings"].files.glob("paper/*/pack-*.pdf"))
    return f"/kitchen/2026-11-24/papers/{found[-1].name}"


def test_f16_a_photo_and_papers_of_one_machine_are_reached_from_the_other(
    machines: Machines,
) -> None:
    one, other = machines
    assert status_at(other, f"/photos/{add_photo(one)}") == 200
    assert status_at(other, pack_at(one)) == 200
    # And what is erased on one is gone on both.
    at = one.at(9).replace(year=2027)
    assert erase_files(other.app.extensions["settings"].files, now=at) > 0
    assert not list(one.app.extensions["settings"].files.glob("paper/*/pack-*.pdf"))


def test_f16_the_control_without_a_folder_in_common_the_other_has_nothing(
    machines: Machines,
) -> None:
    one, other = machines
    for day in machines:
        day.app.extensions["settings"].__dict__.update(files_folder=Path())
    assert status_at(other, f"/photos/{add_photo(one)}") == 404
    assert status_at(other, pack_at(one)) == 404


def test_without_the_setting_files_lie_in_the_instance_folder() -> None:
    house = Settings(instance=Path("/srv/lunch"))
    assert house.files == Path("/srv/lunch")
    apart = Settings(instance=Path("/srv/lunch"), files_folder=Path("/mnt/lunch"))
    assert apart.files == Path("/mnt/lunch")


def test_what_pages_show_lies_in_the_folder_that_all_machines_have() -> None:
    own = re.compile(r"\.instance / ")
    here = {
        str(path.relative_to(HOUSE)): len(own.findall(path.read_text())) for path in sources(HOUSE)
    }
    # The database, its jobs and the folder of files itself; everything else is for all machines.
    assert {path for path, number in here.items() if number} == {
        "core/settings.py",
        "worker/queue.py",
    }
