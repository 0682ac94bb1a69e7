"""What the version before queued is done after an upgrade."""

import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huey import Huey
from huey.exceptions import HueyException
from huey.registry import Message
from huey.utils import Error

from locomotive.core.tasks import MAKE_SHEET
from locomotive.worker import queue
from locomotive.worker.letter import Letters, UnknownLetter
from tests.service_day import leave, new_app

# As they stand in queues: these names never change.
QUEUED = (
    "send_mails",
    "plan_rounds",
    "make_roads",
    "measure_reach",
    "make_sheet",
    "make_papers",
    "make_purchase_sheet",
    "every_minute",
    "due_papers",
    "every_night",
)


@pytest.fixture
def new_queue() -> Iterator[Callable[[Path], Huey]]:
    """Return a maker of the queue of an application of its own; closed at the end."""
    apps = []

    def made(folder: Path) -> Huey:
        apps.append(new_app(folder))
        return apps[-1].extensions["jobs"].huey

    yield made
    for app in apps:
        with app.app_context():
            leave(app)


def message(name: str, *arguments: object) -> Message:
    """A task as the version before wrote it into the queue."""
    return Message("a-task", name, None, 0, 0, None, arguments, {}, None, None)


def test_a_task_that_the_version_before_queued_is_done(
    new_queue: Callable[[Path], Huey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[object, ...]] = []
    monkeypatch.setitem(queue.TASKS, MAKE_SHEET, lambda *args: done.append(args))
    huey = new_queue(tmp_path)
    # It wrote tasks as pickles.
    huey.storage.enqueue(pickle.dumps(message("locomotive.jobs.make_sheet", 7, "fr")))
    huey.execute(huey.dequeue())
    assert done == [(7, "fr")]


def test_a_task_is_queued_as_json_and_done(
    new_queue: Callable[[Path], Huey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[object, ...]] = []
    monkeypatch.setitem(queue.TASKS, MAKE_SHEET, lambda *args: done.append(args))
    huey = new_queue(tmp_path)
    huey.enqueue(huey._registry.string_to_task("locomotive.jobs.make_sheet")((7, "fr")))
    (waiting,) = huey.storage.enqueued_items()
    assert json.loads(waiting)["task"]["args"] == [7, "fr"]
    huey.execute(huey.dequeue())
    assert done == [(7, "fr")]


def test_a_failure_is_kept_as_json() -> None:
    failure = Error({"error": "OSError('no')", "retries": 0})
    assert Letters().deserialize(Letters().serialize(failure)) == failure
    assert Letters().deserialize(Letters().serialize(None)) is None


def test_a_pickle_that_would_run_something_is_refused() -> None:
    with pytest.raises(UnknownLetter):
        Letters().deserialize(pickle.dumps(Path.unlink))
    with pytest.raises(UnknownLetter):
        Letters().deserialize(pickle.dumps(OSError("no")))


@pytest.mark.parametrize("name", QUEUED)
def test_the_queue_knows_each_name_of_old(
    new_queue: Callable[[Path], Huey], tmp_path: Path, name: str
) -> None:
    assert new_queue(tmp_path)._registry.string_to_task(f"locomotive.jobs.{name}")


def test_the_control_a_name_that_nobody_queued_is_unknown(
    new_queue: Callable[[Path], Huey], tmp_path: Path
) -> None:
    with pytest.raises(HueyException, match="not found in TaskRegistry"):
        new_queue(tmp_path)._registry.string_to_task("locomotive.worker.queue.make_sheet")
