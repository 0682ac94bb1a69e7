"""Question: can this shipment be fetched and brought in this window, and else, when?

It is the meals' own question: a plan in which every promise of the day holds, and this one too.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.orm import Session

import routing

from ..core.clock import minutes_after
from ..places.travel_time import Point
from ..promise.answer import Evidence
from ..promise.problem import as_sure_as, end_stop, weakens
from ..promise.question import completed
from ..promise.tentative_plan import current_plan, delivery_of
from ..shipments.shipment import End, Shipment, Window

STEP = timedelta(minutes=30)
MOST_TIMES = 3  # said to the partner
MOST_TRIED = 12  # other windows looked at for them, the nearest first


class ShipmentQuestion:
    """The promises of a lunch as they stand, asked for one more shipment in several windows."""

    def __init__(self, session: Session, wanted: Shipment, *, depot: Point, now: datetime) -> None:
        self.wanted, self.now = wanted, now
        service = wanted.service
        self.current = current_plan(session, service)
        self.ends = wanted.ends
        points = [end.point for end in self.ends]
        self.delivery = delivery_of(session, service, depot, more=points, now=now)
        self.problem = self.delivery.problem
        self.plan = completed(self.problem, self.current.plan)
        # Promises given that are weak already are no reason to refuse others.
        self.asked = as_sure_as(self.problem, self.plan)
        self.questions = routing.Questions(self.asked, self.plan)

    def answer(self, window: Window) -> Evidence | None:
        """The evidence that it can be promised in a window; None where no plan was found."""
        if not self.problem.vehicles or window.ends_at <= self.now:
            return None
        pickup, delivery = (self._stop(end, window) for end in self.ends)
        shipment = routing.Shipment(pickup.id, delivery.id, (self.wanted.boxes,))
        plan = self.questions.ask_shipment(pickup, delivery, shipment.load).plan
        if plan is None or self._weakens((pickup, delivery), shipment, plan):
            return None
        starts = {visit.stop: visit.start for _, trip in plan.trips() for visit in trip.visits}
        margin = -minutes_after(self.delivery.at(starts[delivery.id]), window.ends_at)
        seen, points = self.current.version, self.delivery.points
        return Evidence(plan, seen, margin, self.ends[0].point, points)

    def nearest(self, window: Window) -> list[Window]:
        """The nearest other windows of the same length in which it could be promised, by time."""
        tried = islice(self._others(window), MOST_TRIED)
        free = islice((one for one in tried if self.answer(one) is not None), MOST_TIMES)
        return sorted(free, key=lambda one: one.starts_at)

    def _stop(self, end: End, window: Window) -> routing.Stop:
        stop = end_stop(self.delivery, end, self.wanted)
        opens, closes = (
            int((moment - self.delivery.midnight).total_seconds())
            for moment in (end.opens_at(window), window.ends_at)
        )
        return replace(stop, time_window=(opens, closes))

    def _weakens(
        self, stops: tuple[routing.Stop, ...], shipment: routing.Shipment, plan: routing.Plan
    ) -> bool:
        if self.asked is self.problem:
            return False
        problem = replace(
            self.problem,
            stops=(*self.problem.stops, *stops),
            shipments=(*self.problem.shipments, shipment),
        )
        return weakens(problem, self.plan, plan)

    def _others(self, window: Window) -> Iterator[Window]:
        """Windows moved by whole steps, the nearest first, while a tricycle rides."""
        shifts = [vehicle.shift for vehicle in self.problem.vehicles]
        opens = self.delivery.at(min((start for start, _ in shifts), default=0))
        closes = self.delivery.at(max((end for _, end in shifts), default=0))
        for steps in range(1, 24):
            for moved in (-steps * STEP, steps * STEP):
                one = Window(window.starts_at + moved, window.ends_at + moved)
                if one.ends_at > max(opens, self.now) and one.starts_at < closes:
                    yield one
