"""On the day's map a number that gave way to another one is tied to its stop."""

from __future__ import annotations

from flask.testing import FlaskClient

from locomotive.places.address import Address
from tests.service_day import Day, address_of


def lines_to_stops(page: str) -> int:
    drawn = page.split('class="day-map"')[1].split("</svg>")[0]
    return drawn.count("<circle")


def test_a_number_beside_its_stop_has_a_line_to_it(day: Day, manager: FlaskClient) -> None:
    school = address_of("school")
    day.order("Nadia", to="school")
    day.order("Karim", to="library")
    day.lay(["school", "library"])
    assert lines_to_stops(manager.get(f"/delivery/{day.date}/").text) == 0
    next_door = Address("Gymnase", "10 rue", "Oignies", school.latitude, school.longitude + 0.00002)
    day.order("Louise", place=next_door)
    day.lay(["school", "Gymnase", "library"])
    assert lines_to_stops(manager.get(f"/delivery/{day.date}/").text) >= 1
