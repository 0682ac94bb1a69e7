"""The record of processing says all that the inventory knows, and where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import unescape

import pytest

from locomotive.core.personal import Personal
from locomotive.privacy.inventory import kinds, personal_columns
from locomotive.privacy.record import ACTIVITIES, Activity, columns_of
from tests.service_day import Day, leave, new_day


def unrecorded(activities: tuple[Activity, ...]) -> list[Personal]:
    """The kinds of personal data that no activity, or more than one, names."""
    named = Counter(kind for activity in activities for kind in activity.kinds)
    return [kind for kind in kinds() if named[kind] != 1]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    day = new_day(tmp_path_factory.mktemp("record"))
    with day.app.app_context():
        yield day
        leave(day.app)


def test_each_kind_of_personal_data_stands_in_one_activity(day: Day) -> None:
    assert unrecorded(ACTIVITIES) == []
    # The control: an activity that is forgotten leaves its kinds out.
    assert unrecorded(ACTIVITIES[1:])


def test_the_page_names_every_kind_and_every_place(day: Day) -> None:
    text = unescape(day.signed_in("manager").get("/office/record").text)
    for kind in kinds():
        assert kind.what in text
        assert columns_of(kind)
    for table, columns in personal_columns().items():
        for column in columns:
            assert f"{table.name}.{column.name}" in text
    assert "paper/" in text
    assert day.signed_in("kitchen").get("/office/record").status_code == 403
