"""The way from one place to another: on a road network, or as the crow flies without one.

Importing it is light; the libraries for maps are loaded by the functions that need them.
"""

from routing.streets.extract import Box, Passage, RoadsUnusable, box_around
from routing.streets.network import CURRENT, Built, build, built_of, rebuild
from routing.streets.roads import NoWay, Roads, why_not
from routing.streets.travel import GreatCircle, Leg, Point, Turn, great_circle, matrices

__all__ = [
    "CURRENT",
    "Box",
    "Built",
    "GreatCircle",
    "Leg",
    "NoWay",
    "Passage",
    "Point",
    "Roads",
    "RoadsUnusable",
    "Turn",
    "box_around",
    "build",
    "built_of",
    "great_circle",
    "matrices",
    "rebuild",
    "why_not",
]
