"""All trips that a problem allows: sets of stops in their best orders, each with its departures.

A label is a set of stops and the last of them, with the time T from departure to the last start
when nothing waits, the earliest last start C, the latest departure L, the earliest departure E.
Leaving at t starts the last stop at max(C, t + T). A label is dropped when another of the same
set and last stop is as good in all of T, C, L, E, cost, distance and peak load. All labels of one
size grow together, as rows of arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any

import numpy as np

from routing.instance.lists import NEVER, Instance, Nodes

Array = Any  # a NumPy array of 64-bit integers

MOST_STOPS = 62  # a set of stops is the bits of one integer
SPREAD = 64  # nodes at most: distinguishes trips that end differently, in a key of set and end
TIME, START, LATE, EARLY, COST, WAY, EXCESS = range(7)  # LATE is -L: smaller is better everywhere


@dataclass(frozen=True, slots=True)
class Trips:
    """Trips as rows: each may leave from `first` to `last` and is back `length` seconds later.

    `way` stays 0 where no vehicle's `max_distance` asks for it; `peak` is the greatest load in
    each dimension; `nodes` holds the stops in order, filled up with 0.
    """

    nodes: Array
    first: Array
    last: Array
    length: Array
    cost: Array
    way: Array
    peak: Array

    def __len__(self) -> int:
        """Return how many trips there are."""
        return len(self.first)

    def stops(self, row: int) -> Nodes:
        """Return the stops of one trip in their order."""
        return tuple(int(node) for node in self.nodes[row] if node)

    def counts(self) -> Array:
        """Return the number of stops of each trip."""
        return (self.nodes > 0).sum(axis=1)

    def only(self, rows: Array) -> Trips:
        """Return the trips of these rows."""
        return Trips(*(getattr(self, name)[rows] for name in self.__slots__))


def list_trips(instance: Instance, *, most: int = 60_000, until: float = inf) -> tuple[Trips, bool]:
    """Return trips by growing size, and whether these are all the trips there are.

    Stops at a size of which `most` labels are held, or at the moment `until` (monotonic seconds).
    """
    growth = _Growth(instance)
    complete = instance.size - 1 <= MOST_STOPS
    found = []
    try:
        labels = growth.grow(growth.root(), until) if instance.vehicles else None
        while labels is not None and len(labels.last):
            found.append(growth.close(labels, until))
            if len(labels.last) > most or not complete:
                complete = False
                break
            labels = growth.grow(labels, until)
    except TimeOver:
        complete = False
    if not found:
        return growth.nothing(), complete
    width = found[-1].nodes.shape[1]
    wide = [np.pad(trips.nodes, ((0, 0), (0, width - trips.nodes.shape[1]))) for trips in found]
    rest = [[getattr(trips, name) for trips in found] for name in Trips.__slots__[1:]]
    return Trips(np.concatenate(wide), *(np.concatenate(part) for part in rest)), complete


class TimeOver(Exception):
    """The moment came at which to stop."""


def look_at_clock(until: float) -> None:
    """Raise TimeOver after the moment `until`."""
    if monotonic() > until:
        raise TimeOver


def time_trips(instance: Instance, nodes: Array) -> Trips:
    """Return the trips of these orders (rows of nodes, filled up with 0) that can be driven.

    Unlike `list_trips` it knows nothing of loads and locks but the peaks: the orders keep them.
    """
    growth = _Growth(instance)
    many, width = nodes.shape
    counts = (nodes > 0).sum(axis=1)
    zeros = np.zeros(many, dtype=np.int64)
    time, start, cost, way, last = zeros, zeros, zeros, zeros, zeros
    latest = zeros + NEVER
    early = (
        growth.opening
        + instance.loading(0)
        + instance.problem.depot.loading_time_per_stop * (counts)
    )
    load, change, excess = (np.zeros((many, len(growth.room)), dtype=np.int64) for _ in range(3))
    opens, closes, fresh, releases = (
        np.array(part, dtype=np.int64)
        for part in (instance.opens, instance.closes, instance.fresh, instance.releases)
    )
    holds = counts > 0
    for place in range(width):
        node = nodes[:, place]
        on = node > 0
        step = np.where(on, growth.step[last, node], 0)
        time, cost = time + step, cost + np.where(on, growth.cost[last, node], 0)
        way = way + np.where(on, growth.way[last, node], 0)
        start = np.where(on, np.maximum(start + step, opens[node]), start)
        latest = np.where(on, np.minimum(latest, closes[node] - time), latest)
        early = np.where(on, np.maximum(early, releases[node]), early)
        early = np.where(on, np.maximum(early, start - fresh[node]), early)
        holds &= ~on | ((start <= closes[node]) & (time <= fresh[node]))
        load = load + np.where(on[:, None], growth.out[node], 0)
        change = change + np.where(on[:, None], growth.into[node] - growth.out[node], 0)
        excess = np.maximum(excess, change)
        last = np.where(on, node, last)
    step = growth.step[last, 0]
    time, back = time + step, start + step
    first = np.maximum(early, np.minimum(back - time, latest))
    length = np.maximum(time, back - first)
    latest = np.minimum(latest, growth.closing - length)
    trips = Trips(
        nodes,
        first,
        latest,
        length,
        cost + growth.cost[last, 0],
        way + growth.way[last, 0],
        load + excess,
    )
    return trips.only(np.flatnonzero(holds & (first <= latest)))


@dataclass(frozen=True, slots=True)
class _Labels:
    """Rows of one size: the set as bits, the order, the values that decide, loads and changes."""

    mask: Array
    nodes: Array
    last: Array
    value: Array
    load: Array
    change: Array

    def only(self, rows: Array) -> _Labels:
        return _Labels(*(getattr(self, name)[rows] for name in self.__slots__))


class _Growth:
    """Labels grow by one stop at a time."""

    def __init__(self, instance: Instance) -> None:
        self.i = instance
        fleet = range(len(instance.vehicles))
        self.opening = min((instance.shift(vehicle)[0] for vehicle in fleet), default=0)
        self.closing = max((instance.shift(vehicle)[1] for vehicle in fleet), default=0)
        rooms = [vehicle.capacity for vehicle in instance.vehicles] or [()]
        self.room = np.array(rooms, dtype=np.int64).max(axis=0)
        # Metres distinguish labels only where some vehicle counts them.
        self.metres = any(vehicle.max_distance is not None for vehicle in instance.vehicles)
        self.mixed = any(any(load) for load in instance.pickups)
        # Of shipments: what is fetched first, as a bit, by where it is brought; and both bits.
        self.before = {brought: 1 << (fetched - 1) for fetched, brought in instance.pairs}
        self.halves = [(1 << (one - 1), 1 << (two - 1)) for one, two in instance.pairs]
        dims, size = len(self.room), instance.size
        loads = (instance.deliveries, instance.pickups)
        self.out, self.into = (
            np.array([load or [0] * dims for load in part], dtype=np.int64).reshape(size, dims)
            for part in loads
        )
        square = (size, size)
        self.step = np.array(instance.durations, dtype=np.int64).reshape(square)
        self.step = self.step + np.array(instance.services, dtype=np.int64)[:, None]
        self.cost = np.array(instance.costs, dtype=np.int64).reshape(square)
        self.way = np.array(instance.distances, dtype=np.int64).reshape(square)

    def root(self) -> _Labels:
        """Return the one label of no stop."""
        dims = len(self.room)
        value = np.zeros((1, EXCESS + dims), dtype=np.int64)
        value[0, LATE] = -NEVER
        return _Labels(
            mask=np.zeros(1, dtype=np.int64),
            nodes=np.zeros((1, 0), dtype=np.int16),
            last=np.zeros(1, dtype=np.int64),
            value=value,
            load=np.zeros((1, dims), dtype=np.int64),
            change=np.zeros((1, dims), dtype=np.int64),
        )

    def nothing(self) -> Trips:
        """Return no trips."""
        return self.close(self.root().only(np.zeros(0, dtype=np.int64)))

    def grow(self, labels: _Labels, until: float) -> _Labels:
        """Return the best labels with one stop more."""
        grown = []
        for node in range(1, self.i.size):
            look_at_clock(until)
            grown.append(self._with(labels, node))
        if not grown:
            return labels.only(np.zeros(0, dtype=np.int64))
        whole = _Labels(
            *(np.concatenate([getattr(g, n) for g in grown]) for n in _Labels.__slots__)
        )
        return whole.only(best_rows((whole.mask, whole.last), whole.value, until))

    def _with(self, labels: _Labels, node: int) -> _Labels:
        """Return the labels that can serve `node` next."""
        i, bit = self.i, np.int64(1 << min(node - 1, MOST_STOPS))
        rows = np.flatnonzero((labels.mask & bit) == 0)
        if i.is_first[node]:
            rows = rows[labels.last[rows] == 0]
        if node in self.before:
            rows = rows[(labels.mask[rows] & np.int64(self.before[node])) != 0]
        # What the clock alone forbids is most of it: the rest is reckoned for what is left.
        step = self.step[labels.last[rows], node]
        time = labels.value[rows, TIME] + step
        start = np.maximum(labels.value[rows, START] + step, i.opens[node])
        in_time = (start <= i.closes[node]) & (time <= i.fresh[node])
        rows, time, start = rows[in_time], time[in_time], start[in_time]
        last, old = labels.last[rows], labels.value[rows]
        late = np.maximum(old[:, LATE], time - i.closes[node])
        ready = self.opening + i.loading(labels.nodes.shape[1] + 1)
        early = np.maximum(old[:, EARLY], max(ready, i.releases[node]))
        early = np.maximum(early, start - i.fresh[node])
        load = labels.load[rows] + self.out[node]
        change = labels.change[rows] + self.into[node] - self.out[node]
        excess = np.maximum(old[:, EXCESS:], change) if self.mixed else old[:, EXCESS:]
        fits = (early <= -late) & ((load + excess) <= self.room).all(axis=1)
        cost = old[:, COST] + self.cost[last, node]
        way = old[:, WAY] + (self.way[last, node] if self.metres else 0)
        value = np.column_stack((time, start, late, early, cost, way, excess))[fits]
        rows = rows[fits]
        order = np.empty((len(rows), labels.nodes.shape[1] + 1), dtype=np.int16)
        order[:, :-1] = labels.nodes[rows]
        order[:, -1] = node
        return _Labels(
            mask=labels.mask[rows] | bit,
            nodes=order,
            last=np.full(len(rows), node),
            value=value,
            load=load[fits],
            change=change[fits],
        )

    def close(self, labels: _Labels, until: float = inf) -> Trips:
        """Return the trips that go back to the depot after the labels' last stops."""
        value, last = labels.value, labels.last
        step = self.step[last, 0]
        time, back = value[:, TIME] + step, value[:, START] + step
        latest = -value[:, LATE]
        # Leaving before back - time would only wait longer on the way.
        first = np.maximum(value[:, EARLY], np.minimum(back - time, latest))
        length = np.maximum(time, back - first)
        latest = np.minimum(latest, self.closing - length)
        cost = value[:, COST] + self.cost[last, 0]
        way = value[:, WAY] + (self.way[last, 0] if self.metres else 0)
        trips = Trips(
            labels.nodes, first, latest, length, cost, way, labels.load + value[:, EXCESS:]
        )
        whole = first <= latest
        for fetched, brought in self.halves:
            whole &= ((labels.mask & fetched) != 0) == ((labels.mask & brought) != 0)
        rows = np.flatnonzero(whole)
        trips = trips.only(rows)
        deciding = np.column_stack(
            (
                trips.length,
                trips.cost,
                trips.way,
                trips.first + trips.length,
                -trips.last,
                trips.peak,
            )
        )
        return trips.only(best_rows((labels.mask[rows],), deciding, until))


def best_rows(group: tuple[Array, ...], value: Array, until: float = inf) -> Array:
    """Return the rows that no other row of their group equals or beats in every column.

    Raises TimeOver at the moment `until` (monotonic seconds).
    """
    # One key for both parts of a group: should two groups share it, less is found, nothing wrong.
    key = group[0] if len(group) == 1 else group[0] * SPREAD + group[1]
    order = np.argsort(key, kind="stable")
    sets = [part[order] for part in group]
    value = value[order]
    alive = np.ones(len(order), dtype=bool)
    left = np.arange(len(order) - 1)
    shift = 1
    while len(left):
        look_at_clock(until)
        left = left[left + shift < len(order)]
        together = np.ones(len(left), dtype=bool)
        for part in sets:
            together &= part[left] == part[left + shift]
        left = left[together]
        right = left + shift
        beats = (value[left] <= value[right]).all(axis=1)
        beaten = (value[right] <= value[left]).all(axis=1) & ~beats
        alive[right[beats]] = False
        alive[left[beaten]] = False
        shift += 1
    return order[alive]
