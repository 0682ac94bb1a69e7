"""The checkout's question: can one more stop be promised?

Light enough for a web worker: insertion judged in constant time, then a repair by ruin and
recreation. How long a repair goes on is counted in iterations and in simulated days, never in
seconds: the same question has the same answer on a quiet machine and on a busy one. The clock is
a last guard far above.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from time import monotonic

from routing.check import broken_rules, violations
from routing.instance.assemble import days_of, with_routes
from routing.instance.lists import NEVER, Days, Instance, read
from routing.instance.obstacles import is_servable_alone
from routing.instance.schedule import Timetable, timed
from routing.plan import Bound, Plan, Route
from routing.problem import Frozen, InvalidProblem, Problem, Shipment, Stop
from routing.reliable.judge import Day, Judge, Sequences, sequences_of
from routing.reliable.mend import Mender
from routing.reliable.slack import Law, Slack, with_slack
from routing.search.arrays import ABSENT, COST, UNSERVED, Manner, Plans, Wish
from routing.search.compiled.code import code_of, to_numbers
from routing.search.facts import facts_of, with_neighbours
from routing.search.insertion import find_place
from routing.search.loading import is_loaded
from routing.search.moves import insert
from routing.search.search import BLINK
from routing.search.state import copied, days_of_state, empty_seen, filled, new_memory
from routing.shipments.meals import ends_of, without_shipments
from routing.shipments.places import Places

REMOVED = 8  # stops that a repair takes out on average
BLOCKS = 10  # looks at the clock in a repair
STRIVING = 512  # what it counts more to leave a stop out, each time that it was left out
SCALES = (1.0, 0.6, 0.3)  # how much slack is reserved, of what the normal law asks for
PER_SECOND = {True: 50_000, False: 1_000}  # iterations of a second's repair, compiled or plain
VERDICTS, PER_VERDICT = 12, 100  # vehicle days simulated for an answer, and one for so many more
TRIES, PER_TRY = 12, 600  # repairs of one answer, of so many iterations at least
GUARD, LEAST_GUARD = 20, 5.0  # times the time limit, and seconds, after which the clock ends it
FAR_BELOW = 0.02  # what a stop alone lacks of the reliability asked, to say that none can be had
NOTHING_SEEN = empty_seen(0, 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan that serves the stop too, or None; then whether it is proven that there is none."""

    plan: Plan | None
    is_proven: bool


@dataclass(frozen=True, slots=True)
class Work:
    """What may be spent on a question: iterations, simulated days, a moment as the last guard."""

    iterations: int
    verdicts: int
    until: float

    @classmethod
    def of(cls, time_limit: float, iterations: int | None) -> Work:
        """Return the work that these seconds stand for, or so many iterations."""
        if iterations is None:
            iterations = round(time_limit * PER_SECOND[is_loaded()])
        guard = max(LEAST_GUARD, GUARD * time_limit)
        return cls(iterations, VERDICTS + iterations // PER_VERDICT, monotonic() + guard)


def fits(
    problem: Problem,
    plan: Plan,
    stop: Stop | str,
    *,
    time_limit: float = 0.04,
    seed: int = 0,
    iterations: int | None = None,
) -> Plan | None:
    """Return a plan that serves `stop` and all that `plan` serves, or None if none was found.

    Parameters
    ----------
    problem
        The lunch with the stops promised so far; others in it that `plan` does not serve stay out.
    plan
        A plan that serves every promised stop and keeps the rules of `problem`.
    stop
        The id of a stop of the problem, or a Stop: it takes the place of the one with its id, or
        comes on top. One end of a shipment stands for both.
    time_limit
        About the seconds that a repair takes on a quiet machine, when the stop cannot simply be
        inserted. They stand for a count of iterations, so that the answer depends on nothing else;
        0 makes no repair.
    seed
        Where the repair begins.
    iterations
        How many iterations the repair has, instead of a time limit.

    Returns
    -------
    Plan or None
        A plan of the problem with that stop, in which `violations` finds nothing. With an
        `uncertainty` in the problem, every stop of it is kept as surely as asked.

    Raises
    ------
    InvalidProblem
        When `stop` is an id that the problem does not know, or makes no sense in it.
    """
    return Questions(problem, plan, seed=seed).ask(stop, time_limit, iterations=iterations).plan


class Questions:
    """Questions about one problem and its plan: what they have in common is made once."""

    def __init__(self, problem: Problem, plan: Plan, *, seed: int = 0) -> None:
        self.problem, self.plan, self.seed = problem, plan, seed
        self.left = {v.stop for k in problem.locks if isinstance(k, Frozen) for v in k.trip.visits}
        self._slow: dict[float, tuple[Problem, Law]] = {}
        self._routes: dict[tuple[str, Day], Route] = {}

    @cached_property
    def judge(self) -> Judge:
        """Judges the days that the questions have in common."""
        return Judge(self.problem)

    def ask(
        self, stop: Stop | str, time_limit: float = 0.04, *, iterations: int | None = None
    ) -> Answer:
        """Answer as `fits` does, and say of a no whether it is proven."""
        asked, name = with_stop(self.problem, stop)
        if name in self.left:
            return Answer(self.plan, is_proven=True)
        if not asked.vehicles:
            return Answer(None, is_proven=True)
        work = Work.of(time_limit, iterations)
        if asked.shipments:
            return self._beside(asked, name, work)
        if asked.uncertainty is not None:
            return _SureQuestion(self, asked, name).answer(work)
        return self._answer(asked, name, work)

    def ask_shipment(self, pickup: Stop, delivery: Stop, load: tuple[int, ...]) -> Answer:
        """Answer whether a shipment can be fetched and brought too, beside all that is planned."""
        asked = self.problem.with_stop(pickup).with_stop(delivery)
        shipment = Shipment(pickup.id, delivery.id, load)
        asked = replace(asked, shipments=(*asked.shipments, shipment))
        return self._beside(asked, pickup.id, Work.of(0.0, 0))

    def _beside(self, asked: Problem, name: str, work: Work) -> Answer:
        """Answer for a meal, or for both ends of a shipment, where shipments are planned: beside
        what is planned as it is; else the meals are planned anew, and then all shipments."""
        if asked is self.problem and name in self.plan.served():
            return Answer(self.plan, is_proven=True)
        names, places = ends_of(asked, name), Places(asked)
        before = _without(self.plan, name)
        found = places.placed(before, names)
        if found is not None:
            return Answer(found, is_proven=True)
        meals = without_shipments(asked)
        alone = timed(meals, sequences_of(meals, before))
        if len(names) == 1:
            answer = Questions(meals, alone, seed=self.seed).ask(name, iterations=work.iterations)
            if answer.plan is None:
                return answer
            alone = answer.plan
        wanted = (self.plan.served() - self.left) | set(names)
        pairs = sorted(_pairs(asked), key=lambda pair: pair != names)
        found = places.all_placed(alone, [pair for pair in pairs if wanted.issuperset(pair)])
        return Answer(found, is_proven=found is not None)

    def slow(self, asked: Problem, name: str, scale: float) -> Problem:
        """Return the problem asked with so much slack."""
        if scale not in self._slow:
            known = with_slack(self.problem, Slack(scale)), Law(self.problem, scale)
            self._slow[scale] = known
        slow, law = self._slow[scale]
        stop = next(stop for stop in asked.stops if stop.id == name)
        return with_stop(slow, law.stop(stop, 0))[0]

    def _answer(self, asked: Problem, name: str, work: Work) -> Answer:
        promised = self.plan.served() | {name}
        question = _Question(asked, self.plan, promised - self.left, self.seed)
        days = question.inserted()
        if days is None and question.is_hopeless(name):
            return Answer(None, is_proven=True)
        days = days or question.repaired(work.iterations, work.until)
        if days is None:
            return Answer(None, is_proven=False)
        routes = self._timed(asked, name, question.named(days))
        found = with_routes(read(asked), routes, Bound(0, 0), 0.0)
        if violations(asked, found) or not promised <= found.served():
            return Answer(None, is_proven=False)
        return Answer(found, is_proven=True)

    def _timed(self, asked: Problem, name: str, sequences: Sequences) -> tuple[Route, ...]:
        """Return the timed routes; those without the stop asked for are timed once for all."""
        routes, times = [], Timetable(asked)
        for vehicle in asked.vehicles:
            day = sequences[vehicle.id]
            key = vehicle.id, day
            route = self._routes.get(key) or times.route(vehicle, day)
            if not any(name in trip for trip in day):
                self._routes[key] = route
            routes.append(route)
        return tuple(routes)


def fits_shipment(
    problem: Problem, plan: Plan, *, pickup: Stop, delivery: Stop, load: tuple[int, ...]
) -> Plan | None:
    """Return a plan that also fetches a shipment at one stop and brings it to another, or None.

    What the plan serves is still served and, with an `uncertainty`, is kept as surely as asked;
    meals keep their order.

    Raises
    ------
    InvalidProblem
        When a stop or the load makes no sense in the problem.
    """
    return Questions(problem, plan).ask_shipment(pickup, delivery, load).plan


def _pairs(problem: Problem) -> list[tuple[str, str]]:
    return [(one.pickup, one.delivery) for one in problem.shipments]


def with_stop(problem: Problem, stop: Stop | str) -> tuple[Problem, str]:
    """Return the problem that holds `stop`, and the stop's id."""
    if isinstance(stop, str):
        if all(other.id != stop for other in problem.stops):
            raise InvalidProblem(f"stop names {stop!r}, which is not in the problem")
        return problem, stop
    return problem.with_stop(stop), stop.id


class _Question:
    """The stops wanted beside those that a plan serves, and the attempts to place them all."""

    def __init__(self, asked: Problem, plan: Plan, wanted: Set[str], seed: int) -> None:
        self.instance = read(asked, only=wanted)
        self.facts = facts_of(self.instance)
        self.start = filled(self.instance, self.facts, days_of(self.instance, plan))
        self.seed = seed
        self.memory = new_memory(self.facts, self.start, seed)
        self.absent: int = self.start.tally[ABSENT]

    def is_hopeless(self, name: str) -> bool:
        """Return whether the stop could not even be served alone, nor by a short cut."""
        node = node_of(self.instance, name)
        return is_direct(self.instance, node) and not is_servable_alone(self.instance, node)

    def inserted(self) -> Days | None:
        """Return days with the stop where it costs least, all else as it was; None if nowhere."""
        state = copied(self.start)
        if self.absent > 1:
            return None
        if self.absent:
            wish = Wish(state.absent[0], tight=0, blink=0)
            if not find_place(self.facts, state, self.memory, wish):
                return None
            insert(self.facts, state, wish.node, self.memory.place)
        return days_of_state(state)

    def repaired(self, iterations: int, until: float, turn: int = 0) -> Days | None:
        """Return days that serve every stop, or None if ruin and recreation found none; each turn
        begins elsewhere."""
        facts = with_neighbours(self.facts)
        memory = new_memory(facts, self.start, self.seed + turn)
        dearest = max((cost for cost in facts.costs if cost < NEVER), default=1)
        heat = max(1.0, self.start.tally[COST] / facts.size * 0.3)
        manner = Manner(heat, 1.0, 2 * dearest, STRIVING, BLINK, REMOVED, frugal=0)
        plans = Plans(*(copied(self.start) for _ in Plans._fields))
        seen, compiled = NOTHING_SEEN, is_loaded()
        code, block = code_of(compiled=compiled), max(1, iterations // BLOCKS)
        if compiled:
            plans, facts, memory, seen = map(to_numbers, (plans, facts, memory, seen))
        while plans.best.tally[UNSERVED] and iterations > 0 and monotonic() < until:
            code.improve(facts, plans, memory, seen, manner, min(block, iterations))
            iterations -= block
        return None if plans.best.tally[UNSERVED] else days_of_state(plans.best)

    def named(self, days: Days) -> Sequences:
        """Return the days as the stops' names."""
        return {
            vehicle.id: tuple(tuple(self.instance.stops[n - 1].id for n in trip) for trip in day)
            for vehicle, day in zip(self.instance.vehicles, days, strict=True)
        }


class _SureQuestion:
    """One stop beside those that a plan serves, all of them to be kept as surely as asked."""

    def __init__(self, questions: Questions, asked: Problem, name: str) -> None:
        self.asked, self.name, self.questions = asked, name, questions
        self.promised = questions.plan.served() | {name}
        self.before = _without(questions.plan, name)
        self.judge = Judge(asked, base=questions.judge, own=name)
        self.mender = Mender(asked, self.judge)
        self.made: dict[float, _Question] = {}
        # The more slack the better, as long as what is promised can be driven with it.
        driven = (n for n, scale in enumerate(SCALES) if self._question(scale).absent <= 1)
        self.scales = SCALES[next(driven, len(SCALES) - 1) :]

    def answer(self, work: Work) -> Answer:
        """Return a plan that serves them all, if one is found."""
        self.mender.until, self.mender.verdicts = work.until, VERDICTS
        most = self._question(self.scales[0])
        days = most.inserted()
        found = self._plan(None if days is None else most.named(days))
        if found is None and self._is_hopeless():
            return Answer(None, is_proven=True)
        found = found or self._plan(self._placed())
        found = found or next(filter(None, self._repairs(work)), None)
        return Answer(found, is_proven=found is not None)

    def _repairs(self, work: Work) -> Iterator[Plan | None]:
        """Repair again and again: what is found with less slack may be kept surely as well, and of
        what is found from another beginning something may be."""
        tries = min(TRIES, work.iterations // PER_TRY) or min(1, work.iterations)
        for turn in range(tries):
            self.mender.verdicts = VERDICTS + (work.verdicts - VERDICTS) * (turn + 1) // tries
            again, which = divmod(turn, len(self.scales))
            question = self._question(self.scales[which])
            days = question.repaired(work.iterations // tries, work.until, again)
            named = None if days is None else question.named(days)
            yield self._plan(None if named is None else self.mender.moved(named))

    def _is_hopeless(self) -> bool:
        """Return whether the stop alone could not be served, or not nearly as surely as asked."""
        whole = read(self.asked)
        node = node_of(whole, self.name)
        if not is_direct(whole, node):
            return False
        if not is_servable_alone(whole, node):
            return True
        days = [self.judge.verdict(car.id, ((self.name,),)) for car in self.asked.vehicles]
        lacking = [day.weak.get(self.name, 0.0) if not day.broken else inf for day in days]
        return min(lacking) > FAR_BELOW and not any(day.broken for day in days)

    def _question(self, scale: float) -> _Question:
        """The question with so much slack."""
        if scale not in self.made:
            slow = self.questions.slow(self.asked, self.name, scale)
            wanted = self.promised - self.judge.gone
            self.made[scale] = _Question(slow, self.before, wanted, self.questions.seed)
        return self.made[scale]

    def _placed(self) -> Sequences | None:
        sequences = sequences_of(self.asked, self.before)
        return self.mender.placed(sequences, self.mender.stops[self.name])

    def _plan(self, kept: Sequences | None) -> Plan | None:
        """Return the plan of the days, if they serve what is promised, keep every rule, and every
        promise as surely as asked."""
        if kept is None or not self.judge.is_kept(kept):
            return None
        routes = self.judge.routes(kept)
        found = with_routes(read(self.asked), routes, Bound(0, 0), 0.0)
        if broken_rules(self.asked, found) or not self.promised <= found.served():
            return None
        return replace(found, reliability=self.judge.reliability(kept))


def node_of(instance: Instance, name: str) -> int:
    """Return the stop's node."""
    return 1 + next(index for index, stop in enumerate(instance.stops) if stop.id == name)


def is_direct(instance: Instance, node: int) -> bool:
    """Return whether no detour over another stop is a short cut to this one or back."""
    size, ways = instance.size, instance.durations
    return all(
        ways[node] <= ways[other] + ways[other * size + node]
        and ways[node * size] <= ways[node * size + other] + ways[other * size]
        for other in range(1, size)
    )


def _without(plan: Plan, name: str) -> Plan:
    """Return the plan, the stop taken out of its trip, for its order of stops alone."""
    routes = tuple(
        replace(
            route,
            trips=tuple(
                replace(trip, visits=tuple(v for v in trip.visits if v.stop != name))
                for trip in route.trips
            ),
        )
        for route in plan.routes
    )
    return replace(plan, routes=routes)
