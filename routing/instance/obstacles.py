"""Why a stop is left out, told truly: lift the named obstacle and the stop can be served."""

from __future__ import annotations

from dataclasses import replace

from routing.instance.lists import NEVER, Instance
from routing.instance.timing import lay
from routing.plan import Reason, Unassigned

EXPLANATIONS: dict[Reason, str] = {
    "no_vehicle": "There is no vehicle.",
    "unreachable": "No road leads from the depot to the stop and back.",
    "too_heavy": "No vehicle that may serve it can carry its load.",
    "too_far_in_time": "Its window closes before any vehicle can be there.",
    "too_far_for_freshness": "The ride takes longer than the meal stays fresh.",
    "shift_over": "No vehicle could be back before the end of its shift.",
    "too_far_in_distance": "The ride is longer than any vehicle may still go.",
    "no_trips": "The vehicles may make no further trip.",
    "locked_out": "Locks keep it off every vehicle that could serve it.",
    "frozen": "The trips that have left take the time it would need.",
    "not_sure": "It could be served, but not as surely as is asked for.",
    "several": "Several obstacles stand in its way; lifting one alone would not do.",
    "no_load": "The vehicles are full; a smaller load would find room.",
    "no_time": "No vehicle is free in its window; at another time one would be.",
    "fleet_full": "The other stops take all the time of the vehicles.",
}

# In the order in which a person would look; each is lifted alone.
OBSTACLES: tuple[Reason, ...] = (
    "unreachable",
    "too_heavy",
    "too_far_in_distance",
    "no_trips",
    "locked_out",
    "frozen",
    "shift_over",
    "too_far_in_time",
    "too_far_for_freshness",
)


def explain(instance: Instance, node: int) -> Unassigned:
    """Return why the stop of `node` is left out of a plan."""
    reason = _reason(instance, node)
    return Unassigned(instance.stops[node - 1].id, reason, EXPLANATIONS[reason])


def _reason(instance: Instance, node: int) -> Reason:
    if not instance.vehicles:
        return "no_vehicle"
    if is_servable_alone(instance, node):
        return "fleet_full"
    for obstacle in OBSTACLES:
        if is_servable_alone(instance, node, lifted=obstacle):
            return obstacle
    return "several"


def is_servable_alone(instance: Instance, node: int, lifted: Reason | None = None) -> bool:
    """Return whether some vehicle could serve the stop if all others were taken away."""
    eased = _lift(instance, node, lifted)
    return any(_serves(eased, vehicle, node, lifted) for vehicle in range(len(instance.vehicles)))


def _serves(instance: Instance, vehicle: int, node: int, lifted: Reason | None) -> bool:
    there, back = node, node * instance.size
    metres = instance.distances[there] + instance.distances[back]
    too_long = metres > instance.distance_left(vehicle) or instance.is_overridden(vehicle)
    if lifted != "too_far_in_distance" and too_long:
        return False
    if lifted != "no_trips" and instance.trips_allowed(vehicle) < 1:
        return False
    if lifted != "locked_out" and not instance.allowed[vehicle][node]:
        return False
    capacity = instance.vehicles[vehicle].capacity
    loads = [*zip(instance.deliveries[node], capacity, strict=True)]
    loads += zip(instance.pickups[node], capacity, strict=True)
    if lifted != "too_heavy" and any(load > room for load, room in loads):
        return False
    return lay(instance, vehicle, [(node,)]) is not None


def _lift(instance: Instance, node: int, lifted: Reason | None) -> Instance:
    match lifted:
        case "unreachable":
            durations, distances = instance.durations[:], instance.distances[:]
            for leg in (node, node * instance.size):
                durations[leg] = 0 if durations[leg] >= NEVER else durations[leg]
                distances[leg] = 0 if distances[leg] >= NEVER else distances[leg]
            return replace(instance, durations=durations, distances=distances)
        case "too_far_in_time":
            return replace(instance, opens=[0] * instance.size, closes=[NEVER] * instance.size)
        case "too_far_for_freshness":
            return replace(instance, fresh=[NEVER] * instance.size)
        case "shift_over":
            return replace(
                instance,
                problem=replace(
                    instance.problem,
                    depot=replace(
                        instance.problem.depot,
                        time_window=(instance.problem.depot.time_window[0], 2**31 - 1),
                    ),
                ),
                vehicles=tuple(
                    replace(v, shift=(v.shift[0], 2**31 - 1)) for v in instance.vehicles
                ),
            )
        case "frozen":
            return replace(instance, frozen=tuple(() for _ in instance.frozen))
        case _:
            return instance
