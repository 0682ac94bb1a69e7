"""The demonstration's month before: what was ordered, ridden, judged and recalled agrees."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask_migrate import upgrade
from sqlalchemy import func, select, update

from locomotive.arrival.kept import judged_between
from locomotive.batches.recall import Recall
from locomotive.batches.trace import trace
from locomotive.commands.demonstration import load_lunch, load_month
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.status import Status
from locomotive.forecast.past import past_lunches
from locomotive.ordering.content_change import ContentChange
from locomotive.ordering.order import Order, OrderLine
from locomotive.practice.copy import past_lunch
from locomotive.rounds.learning import factor_of, passed
from locomotive.rounds.round import Round
from locomotive.service.service import Service, next_working_day
from locomotive.verification.facts import wrong_facts
from locomotive.worker.content import check_content
from tests.conftest import ENGINES
from tests.service_day import Day, leave, new_app

pytestmark = pytest.mark.full


@pytest.fixture(params=ENGINES)
def house(
    request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[str], str]
) -> Iterator[Day]:
    app = new_app(tmp_path, new_database(request.param), planner_seconds=1.0)
    with app.app_context():
        upgrade()
        lunch, known = next_working_day(db.session(), clock.now(), "delivery"), clock.now()
        settings = app.extensions["settings"]
        with write_tx() as session:
            load_lunch(session, lunch, orders=6, seed=1, settings=settings, now=known)
            load_month(session, settings=settings, now=known)
        yield Day(app, lunch)
        leave(app)


def count(table: type[Order] | type[Round] | type[Service]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def past(today: date) -> list[Service]:
    return list(db.session.scalars(select(Service).where(Service.date < today)))


def test_a_month_of_lunches_is_over_and_everything_in_it_agrees(house: Day) -> None:
    today, settings = clock.today(), house.app.extensions["settings"]
    assert wrong_facts(db.session(), depot=settings.depot, today=today) == []
    assert len(past(today)) == 20
    over = select(Order.status).join(Service).where(Service.date < today).distinct()
    assert db.session.scalars(over).all() == [Status.HANDED_OVER]
    before = [count(table) for table in (Service, Order, Round)]
    with write_tx() as session:
        assert load_month(session, settings=settings, now=clock.now()) == 0
    assert [count(table) for table in (Service, Order, Round)] == before


def test_no_screen_is_alarmed_by_it_and_every_later_change_is(house: Day) -> None:
    check_content()
    assert db.session.scalars(select(ContentChange)).all() == []
    # What changed since is swallowed by no second loading.
    with write_tx() as session:
        session.execute(update(OrderLine).values(meats="of another lot"))
        load_month(session, settings=house.app.extensions["settings"], now=clock.now())
    check_content()
    assert len(db.session.scalars(select(ContentChange)).all()) == 1


def test_it_teaches_times_promises_portions_practice_and_recalls(house: Day) -> None:
    session, today = db.session(), clock.today()
    judged = judged_between(session, today - timedelta(days=31), today)
    kept, all_ = sum(j.kept for j in judged), sum(j.judged for j in judged)
    assert all_ > 100
    assert 0.8 * all_ < kept <= all_
    assert factor_of(passed(session, session.scalars(select(Round)))) is not None
    assert len(past_lunches(session, today)) == 20
    latest = past_lunch(session, now=clock.now())
    assert latest is not None
    assert latest.date < today
    recalls = session.scalars(select(Recall).order_by(Recall.id)).all()
    assert [recall.is_exercise for recall in recalls] == [True, False]
    for recall in recalls:
        gone = trace(session, recall.lot_ids).gone
        assert recall.orders == len(gone) > 0
        assert recall.closed_at is not None
    assert recalls[1].lifted_because


def test_a_customers_link_of_a_past_day_is_its_own(house: Day) -> None:
    hashes = db.session.scalars(select(Order.token_hash)).all()
    assert len(set(hashes)) == len(hashes)
    assert house.app.test_client().get(f"/o/{secrets.token_urlsafe(24)}").status_code == 404
