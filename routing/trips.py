"""All trips that a problem allows: sets of stops in their best orders, each with its departures.

A label is a set of stops and the last of them, with the time T from departure to the last start
when nothing waits, the earliest last start C, the latest departure L, the earliest departure E.
Leaving at t starts the last stop at max(C, t + T). A label is dropped when another of the same
set and last stop is as good in all of T, C, L, E, cost, distance and peak load.
"""

from __future__ import annotations

from dataclasses import dataclass

from routing.instance import NEVER, Instance

Label = tuple[int, ...]  # T, C, L, E, cost, distance, then the peak of each load dimension


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trip that may leave from `first` to `last` and is back `length` seconds later."""

    nodes: tuple[int, ...]
    first: int
    last: int
    length: int
    cost: int
    distance: int
    peak: tuple[int, ...]

    @property
    def mask(self) -> int:
        """Return the set of stops as bits."""
        bits = 0
        for node in self.nodes:
            bits |= 1 << node
        return bits


def candidates(instance: Instance, most: int = 20_000) -> tuple[list[Candidate], bool]:
    """Return trips by growing size, and whether these are all the trips there are.

    Stops growing when `most` labels are held at one size or `most` trips are found in all.
    """
    if not instance.vehicles:
        return [], True
    level = _singles(instance)
    found: list[Candidate] = []
    count = 1
    while level:
        for (mask, _), labels in level.items():
            del mask
            found.extend(c for label, nodes in labels if (c := _close(instance, label, nodes)))
        if len(found) > most or len(level) > most:
            return _undominated(found), False
        count += 1
        level = _grow(instance, level, count)
    return _undominated(found), True


Level = dict[tuple[int, int], list[tuple[Label, tuple[int, ...]]]]


def _room(instance: Instance) -> tuple[int, ...]:
    return tuple(max(rooms) for rooms in zip(*(v.capacity for v in instance.vehicles), strict=True))


def _singles(instance: Instance) -> Level:
    start: Label = (0, 0, NEVER, 0, 0, 0, *(0 for _ in _room(instance)))
    level: Level = {}
    for node in range(1, instance.size):
        label = _extend(instance, start, 0, node, (), 1)
        if label:
            level[1 << node, node] = [(label, (node,))]
    return level


def _grow(instance: Instance, level: Level, count: int) -> Level:
    grown: Level = {}
    for (mask, last), labels in level.items():
        for node in range(1, instance.size):
            if mask >> node & 1 or instance.is_first[node]:
                continue
            if instance.durations[last * instance.size + node] >= NEVER:
                continue
            for label, nodes in labels:
                longer = _extend(instance, label, last, node, nodes, count)
                if longer:
                    kept = grown.setdefault((mask | 1 << node, node), [])
                    _keep(kept, longer, (*nodes, node))
    return grown


def _extend(
    instance: Instance, label: Label, last: int, node: int, nodes: tuple[int, ...], count: int
) -> Label | None:
    time, start, latest, earliest, cost, distance, *peaks = label
    leg = last * instance.size + node
    step = instance.services[last] + instance.durations[leg]
    time += step
    start = max(start + step, instance.opens[node])
    if start > instance.closes[node] or time > instance.fresh[node]:
        return None
    opening = min(instance.shift(v)[0] for v in range(len(instance.vehicles)))
    latest = min(latest, instance.closes[node] - time)
    earliest = max(
        earliest,
        opening + instance.loading(count),
        instance.releases[node],
        start - instance.fresh[node],
    )
    if earliest > latest:
        return None
    room = _room(instance)
    for dimension, capacity in enumerate(room):
        aboard = sum(instance.deliveries[other][dimension] for other in (*nodes, node))
        change = sum(
            instance.pickups[other][dimension] - instance.deliveries[other][dimension]
            for other in (*nodes, node)
        )
        # The peak is kept as the excess over the load at departure, which still grows.
        peaks[dimension] = max(peaks[dimension], change)
        if aboard + peaks[dimension] > capacity:
            return None
    cost += instance.costs[leg]
    distance += instance.distances[leg]
    return (time, start, latest, earliest, cost, distance, *peaks)


def _keep(kept: list[tuple[Label, tuple[int, ...]]], label: Label, nodes: tuple[int, ...]) -> None:
    for other, _ in kept:
        if _is_as_good(other, label):
            return
    kept[:] = [pair for pair in kept if not _is_as_good(label, pair[0])]
    kept.append((label, nodes))


def _is_as_good(one: Label, two: Label) -> bool:
    return one[2] >= two[2] and all(
        a <= b for index, (a, b) in enumerate(zip(one, two, strict=True)) if index != 2
    )


def _close(instance: Instance, label: Label, nodes: tuple[int, ...]) -> Candidate | None:
    time, start, latest, earliest, cost, distance, *excess = label
    leg = nodes[-1] * instance.size
    step = instance.services[nodes[-1]] + instance.durations[leg]
    end = max(instance.shift(v)[1] for v in range(len(instance.vehicles)))
    time, back = time + step, start + step
    first = max(earliest, min(back - time, latest))
    length = max(time, back - first)
    latest = min(latest, end - length)
    if first > latest:
        return None
    aboard = [
        sum(instance.deliveries[node][dimension] for node in nodes)
        for dimension in range(len(excess))
    ]
    return Candidate(
        nodes=nodes,
        first=first,
        last=latest,
        length=length,
        cost=cost + instance.costs[leg],
        distance=distance + instance.distances[leg],
        peak=tuple(a + e for a, e in zip(aboard, excess, strict=True)),
    )


def _undominated(found: list[Candidate]) -> list[Candidate]:
    by_set: dict[int, list[Candidate]] = {}
    for candidate in found:
        kept = by_set.setdefault(candidate.mask, [])
        if not any(_serves_as_well(other, candidate) for other in kept):
            kept[:] = [other for other in kept if not _serves_as_well(candidate, other)]
            kept.append(candidate)
    return [candidate for kept in by_set.values() for candidate in kept]


def _serves_as_well(one: Candidate, two: Candidate) -> bool:
    slack = two.length - one.length
    return (
        slack >= 0
        and one.cost <= two.cost
        and one.distance <= two.distance
        and one.first <= two.first + slack
        and one.last >= two.last
        and all(a <= b for a, b in zip(one.peak, two.peak, strict=True))
    )
