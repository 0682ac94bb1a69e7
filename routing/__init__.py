"""The round planner: a lunch's stops in, the tricycles' rounds out. It knows nothing of the web.

Importing it is light; the solver's libraries are loaded by the functions that need them.
"""

from routing.check import violations
from routing.fits import Answer, Questions, fits, fits_shipment
from routing.instance.schedule import timed, travelled
from routing.plan import (
    Bound,
    InvalidPlan,
    Plan,
    Reason,
    Reliability,
    Route,
    Status,
    Trip,
    Unassigned,
    Visit,
)
from routing.problem import (
    Depot,
    First,
    Frozen,
    InvalidProblem,
    Lock,
    NotOn,
    Objective,
    Problem,
    Shipment,
    Stop,
    Together,
    Vehicle,
)
from routing.process import SolverDied, solve_in_process
from routing.progress import OnProgress, Progress
from routing.reliable.simulation import reliability
from routing.search.loading import load_in_background
from routing.solver import decide, solve
from routing.uncertainty import Uncertainty

__all__ = [
    "Answer",
    "Bound",
    "Depot",
    "First",
    "Frozen",
    "InvalidPlan",
    "InvalidProblem",
    "Lock",
    "NotOn",
    "Objective",
    "OnProgress",
    "Plan",
    "Problem",
    "Progress",
    "Questions",
    "Reason",
    "Reliability",
    "Route",
    "Shipment",
    "SolverDied",
    "Status",
    "Stop",
    "Together",
    "Trip",
    "Unassigned",
    "Uncertainty",
    "Vehicle",
    "Visit",
    "decide",
    "fits",
    "fits_shipment",
    "load_in_background",
    "reliability",
    "solve",
    "solve_in_process",
    "timed",
    "travelled",
    "violations",
]
