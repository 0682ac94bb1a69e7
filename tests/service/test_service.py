"""Preparing, opening and closing a lunch; its slots and shifts; closed days."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from locomotive.core.clock import local
from locomotive.core.db import db, write_tx
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.order import Order
from locomotive.ordering.step import move_on
from locomotive.service.fleet import Tricycle, shifts_of
from locomotive.service.service import ClosedDay, Service, next_working_day, service_of
from locomotive.service.slot import Slot, slots_of
from tests.office_day import NEXT_DAY, error_at, fresh, value_of
from tests.service_day import Day

PAGE = "/office/service/2026-11-24"
OPEN = {"is_open": "y", "delivery_cutoff": "10:30", "takeaway_cutoff": "11:00"}


def slot_at(day: Day, kind: str = "take-away", hour: int = 12, minute: int = 0) -> Slot:
    db.session.rollback()
    query = select(Slot).where(Slot.kind == kind, Slot.starts_at == day.at(hour, minute))
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def capacities(day: Day, **changes: str) -> dict[str, str]:
    """The slots' form as it stands, with some fields changed."""
    standing = {f"capacity-{s.id}": str(s.capacity) for s in slots_of(db.session(), day.service)}
    return {**standing, **{name.replace("_", "-"): value for name, value in changes.items()}}


def test_the_next_working_day_without_a_lunch_is_proposed(day: Day, office: FlaskClient) -> None:
    assert value_of(office.get("/office/service/"), "date") == NEXT_DAY


@pytest.mark.parametrize(
    ("hour", "minute", "take_away", "delivery"),
    [(10, 29, 24, 24), (10, 30, 24, 25), (10, 59, 24, 25), (11, 0, 25, 25)],
)
def test_the_next_lunch_is_another_day_for_a_kind_whose_cut_off_is_over(
    day: Day, hour: int, minute: int, take_away: int, delivery: int
) -> None:
    session, now = db.session(), day.at(hour, minute)
    assert next_working_day(session, now) == date(2026, 11, take_away)
    assert next_working_day(session, now, "delivery") == date(2026, 11, delivery)


def test_a_lunch_is_prepared_with_its_usual_slots_and_shifts(day: Day, office: FlaskClient) -> None:
    answer = office.post("/office/service/", data={"date": NEXT_DAY})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/office/service/{NEXT_DAY}")
    service = service_of(db.session(), date(2026, 11, 25))
    assert service
    assert not service.is_open
    assert len(slots_of(db.session(), service)) == 16
    assert len(shifts_of(db.session(), service)) == 2
    assert local(service.delivery_cutoff).time() == time(10, 30)


def test_a_lunch_that_stands_is_not_prepared_twice(day: Day, office: FlaskClient) -> None:
    answer = office.post("/office/service/", data={"date": "2026-11-24"})
    assert answer.status_code == 303
    assert db.session.scalar(select(func.count(Service.id))) == 1
    assert fresh(day.service).is_open


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("", 422, "Choose a day, such as 2026-11-24."),
        ("tomorrow", 422, "Choose a day, such as 2026-11-24."),
        ("2026-02-30", 422, "Choose a day, such as 2026-11-24."),
        ("2026-11-23", 422, "This day is over. Choose today or a later day."),
        ("2026-11-28", 409, "The restaurant is closed on that day. Choose another day."),
    ],
)
def test_a_day_without_lunch_is_refused_at_the_field(
    day: Day, office: FlaskClient, typed: str, status: int, sentence: str
) -> None:
    answer = office.post("/office/service/", data={"date": typed})
    assert (answer.status_code, error_at(answer, "date")) == (status, sentence)
    assert value_of(answer, "date") == typed
    assert db.session.scalar(select(func.count(Service.id))) == 1


def test_cutoffs_are_wall_times_and_the_service_opens_and_closes(
    day: Day, office: FlaskClient
) -> None:
    office.post(PAGE, data={"delivery_cutoff": "9h45", "takeaway_cutoff": "11:15"})
    service = fresh(day.service)
    assert not service.is_open
    assert service.delivery_cutoff == day.at(9, 45)
    assert service.takeaway_cutoff == day.at(11, 15)
    office.post(PAGE, data=OPEN)
    assert fresh(day.service).is_open


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("delivery_cutoff", "late", "Write a time such as 11:30."),
        ("takeaway_cutoff", "25:00", "Write a time such as 11:30."),
        ("takeaway_cutoff", "11:31", "The end of orders must come before the lunch."),
    ],
)
def test_a_wrong_cutoff_is_said_at_its_field_and_nothing_is_written(
    day: Day, office: FlaskClient, field: str, typed: str, sentence: str
) -> None:
    sent = {"delivery_cutoff": "10:00", "takeaway_cutoff": "10:00", field: typed}
    answer = office.post(PAGE, data=sent)
    assert (answer.status_code, error_at(answer, field)) == (422, sentence)
    assert value_of(answer, field) == typed
    service = fresh(day.service)
    assert service.is_open
    assert service.takeaway_cutoff == day.at(11)
    assert service.delivery_cutoff == day.at(10, 30)


def test_a_lunch_without_slots_does_not_open(day: Day, office: FlaskClient) -> None:
    with write_tx() as session:
        session.add(
            Service(date=date(2026, 11, 26), delivery_cutoff=day.at(8), takeaway_cutoff=day.at(8))
        )
    answer = office.post("/office/service/2026-11-26", data=OPEN)
    assert answer.status_code == 409
    assert "This lunch has no slots. Lay them first, then open it." in answer.text


def test_a_slot_takes_more_or_fewer_orders_and_closes(day: Day, office: FlaskClient) -> None:
    slot = slot_at(day)
    sent = {**capacities(day), f"capacity-{slot.id}": "7", f"closed-{slot.id}": "y"}
    assert office.post(f"{PAGE}/slots", data=sent).status_code == 303
    slot = slot_at(day)
    assert (slot.capacity, slot.is_closed, slot.free) == (7, True, 0)


def test_a_capacity_below_what_is_promised_shows_the_newest_order_and_moves_it_on_a_second_yes(
    day: Day, office: FlaskClient
) -> None:
    first, second = day.order("Nadia"), day.order("Paul")
    slot = slot_at(day)
    sent = {**capacities(day), f"capacity-{slot.id}": "1"}
    shown = office.post(f"{PAGE}/slots", data=sent)
    assert shown.status_code == 200
    assert "1 promised order is touched. Nothing is changed yet." in shown.text
    assert "Paul" in shown.text
    assert "Nadia" not in shown.text
    assert slot_at(day).capacity == 100
    stamp = re.findall(r'name="stamp" value="([^"]+)"', shown.text)[0]
    assert office.post(f"{PAGE}/slots", data={**sent, "stamp": stamp}).status_code == 303
    db.session.expire_all()
    assert (slot_at(day).capacity, slot_at(day).used) == (1, 1)
    assert db.session.get_one(Order, first.id).slot_id == slot.id
    assert db.session.get_one(Order, second.id).slot_id != slot.id
    assert wrong_counters(db.session()) == []


def test_a_capacity_below_what_is_ready_already_is_refused(day: Day, office: FlaskClient) -> None:
    for order in (day.order(), day.order()):
        with write_tx() as session:
            move_on(session, order, to="ready", seen="placed", device="wall", now=day.at(10))
    slot, other = slot_at(day), slot_at(day, hour=11, minute=30)
    sent = {**capacities(day), f"capacity-{slot.id}": "1", f"capacity-{other.id}": "5"}
    answer = office.post(f"{PAGE}/slots", data=sent)
    assert answer.status_code == 409
    assert error_at(answer, f"capacity-{slot.id}") == (
        "Orders promised at this time: 2. You cannot go below that."
    )
    assert value_of(answer, f"capacity-{slot.id}") == "1"
    assert (slot_at(day).capacity, slot_at(day, hour=11, minute=30).capacity) == (100, 100)


@pytest.mark.parametrize("typed", ["", "-1", "501", "1e2", "many", "9" * 30])
def test_a_capacity_that_makes_no_sense_is_said_at_its_slot(
    day: Day, office: FlaskClient, typed: str
) -> None:
    field = f"capacity-{slot_at(day).id}"
    answer = office.post(f"{PAGE}/slots", data={**capacities(day), field: typed})
    assert answer.status_code == 422
    assert error_at(answer, field) == "Write a whole number between 0 and 500."


def test_a_field_of_another_service_changes_nothing(day: Day, office: FlaskClient) -> None:
    office.post("/office/service/", data={"date": NEXT_DAY})
    other = service_of(db.session(), date(2026, 11, 25))
    assert other
    foreign = slots_of(db.session(), other)[0]
    office.post(f"{PAGE}/slots", data={**capacities(day), f"capacity-{foreign.id}": "77"})
    assert fresh(foreign).capacity == 8


def test_slots_are_laid_anew_and_promises_stay(day: Day, office: FlaskClient) -> None:
    order = day.order(slot=(12, 15))
    answer = office.post(f"{PAGE}/grid", data={"start": "11:30", "end": "13:30", "length": "30"})
    assert answer.status_code == 303
    db.session.rollback()
    db.session.expire_all()
    takeaway = slots_of(db.session(), day.service, "take-away")
    assert [f"{local(s.starts_at):%H:%M}" for s in takeaway] == [
        "11:30", "12:00", "12:15", "12:30", "13:00",
    ]  # fmt: skip
    assert len(slots_of(db.session(), day.service, "delivery")) == 4
    kept = db.session.get_one(Order, order.id).slot
    assert (kept.starts_at, kept.ends_at, kept.used) == (day.at(12, 15), day.at(12, 30), 1)


def test_a_slot_that_a_cancelled_order_remembers_is_closed(day: Day, office: FlaskClient) -> None:
    day.cancel(day.order(slot=(12, 15)))
    office.post(f"{PAGE}/grid", data={"start": "11:30", "end": "13:30", "length": "30"})
    assert slot_at(day, minute=15).is_closed


@pytest.mark.parametrize(
    ("sent", "field", "sentence"),
    [
        ({"end": "11:00"}, "end", "The lunch must end after it begins"),
        ({"start": "noon"}, "start", "Write a time such as 11:30."),
        ({"length": "4"}, "length", "Write a whole number between 5 and 120."),
        ({"start": "13:00", "length": "45"}, "length", "A slot lasts between 5 and 120 minutes"),
    ],
)
def test_a_grid_that_makes_no_sense_is_said_at_its_field(
    day: Day, office: FlaskClient, sent: dict[str, str], field: str, sentence: str
) -> None:
    usual = {"start": "11:30", "end": "13:30", "length": "15"}
    answer = office.post(f"{PAGE}/grid", data={**usual, **sent})
    assert answer.status_code == 422
    assert error_at(answer, field).startswith(sentence)
    assert len(slots_of(db.session(), day.service)) == 16


def test_a_tricycle_rides_at_other_times_or_stays_off(day: Day, office: FlaskClient) -> None:
    first, second = shifts_of(db.session(), day.service)
    sent = {
        f"start-{first.id}": "11:15",
        f"end-{first.id}": "13:00",
        f"start-{second.id}": "11:00",
        f"end-{second.id}": "14:00",
        f"off-{second.id}": "y",
    }
    assert office.post(f"{PAGE}/shifts", data=sent).status_code == 303
    assert (fresh(first).starts_at, first.ends_at, first.is_off) == (
        day.at(11, 15), day.at(13), False,
    )  # fmt: skip
    assert fresh(second).is_off


def test_a_shift_that_ends_before_it_begins_is_refused(day: Day, office: FlaskClient) -> None:
    first, second = shifts_of(db.session(), day.service)
    sent = {
        f"start-{first.id}": "11:15",
        f"end-{first.id}": "13:00",
        f"start-{second.id}": "11:00",
        f"end-{second.id}": "10:00",
    }
    answer = office.post(f"{PAGE}/shifts", data=sent)
    assert answer.status_code == 422
    assert error_at(answer, f"end-{second.id}") == "A shift must end after it begins."
    assert fresh(first).starts_at == day.at(11)


def test_a_new_tricycle_joins_a_prepared_lunch_on_request(day: Day, office: FlaskClient) -> None:
    blue = {
        "name": "blue",
        "capacity_boxes": "8",
        "usual_start": "11:30",
        "usual_end": "13:00",
        "is_active": "y",
    }
    assert office.post("/office/tricycles/new", data=blue).status_code == 303
    assert "Not in this lunch yet: blue." in office.get(PAGE).text
    office.post(f"{PAGE}/shifts/usual")
    shifts = {s.tricycle.name: s for s in shifts_of(db.session(), day.service)}
    assert shifts["blue"].starts_at == day.at(11, 30)
    assert "Not in this lunch yet" not in office.get(PAGE).text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Write a name, such as: red."),
        ("name", "red tricycle", "Another tricycle has this name already."),
        ("capacity_boxes", "0", "Write a whole number between 1 and 500."),
        ("capacity_boxes", "", "Write a whole number between 1 and 500."),
        ("usual_start", "x", "Write a time such as 11:30."),
        ("usual_end", "11:00", "A shift must end after it begins."),
    ],
)
def test_a_wrong_tricycle_is_said_at_its_field(
    day: Day, office: FlaskClient, field: str, typed: str, sentence: str
) -> None:
    blue = {"name": "blue", "capacity_boxes": "8", "usual_start": "11:00", "usual_end": "14:00"}
    answer = office.post("/office/tricycles/new", data={**blue, field: typed})
    assert answer.status_code == 422
    assert error_at(answer, field).startswith(sentence)
    assert value_of(answer, field) == typed
    db.session.rollback()
    assert db.session.scalar(select(func.count(Tricycle.id))) == 2


def test_a_tricycle_is_changed(day: Day, office: FlaskClient) -> None:
    change = {
        "name": "red tricycle",
        "capacity_boxes": "20",
        "usual_start": "11:00",
        "usual_end": "14:00",
    }
    assert office.post("/office/tricycles/1", data=change).status_code == 303
    red = fresh(db.session.get_one(Tricycle, 1))
    assert (red.capacity_boxes, red.is_active) == (20, False)


def test_a_closed_day_takes_no_lunch_and_opens_again(day: Day, office: FlaskClient) -> None:
    answer = office.post("/office/closed-days", data={"date": NEXT_DAY, "reason": "inventory"})
    assert answer.status_code == 303
    assert "inventory" in office.get("/office/closed-days").text
    assert office.post("/office/service/", data={"date": NEXT_DAY}).status_code == 409
    assert value_of(office.get("/office/service/"), "date") == "2026-11-26"
    assert office.post(f"/office/closed-days/{NEXT_DAY}/open").status_code == 303
    assert office.post("/office/service/", data={"date": NEXT_DAY}).status_code == 303


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("2026-11-24", 409, "The lunch of Tuesday 24 November is open for orders."),
        ("2026-11-20", 422, "This day is over."),
        ("x", 422, "Choose a day, such as 2026-11-24."),
    ],
)
def test_a_day_that_cannot_be_closed_is_said(
    day: Day, office: FlaskClient, typed: str, status: int, sentence: str
) -> None:
    answer = office.post("/office/closed-days", data={"date": typed, "reason": "rest"})
    assert answer.status_code == status
    assert error_at(answer, "date").startswith(sentence)
    assert value_of(answer, "reason") == "rest"
    assert db.session.scalar(select(func.count()).select_from(ClosedDay)) == 0
