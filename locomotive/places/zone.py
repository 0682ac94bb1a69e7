"""The zone: how far the tricycles go."""

from routing.travel import great_circle

from ..refusal import Invalid, N_


class OutsideZone(Invalid):
    message = N_("%(town)s is too far for the tricycle. Choose take-away, or another address.")


def check_zone(
    point: tuple[float, float], *, depot: tuple[float, float], zone_km: float, town: str
) -> None:
    """Refuse a point (latitude, longitude in degrees) further than `zone_km` from the depot."""
    if great_circle(depot, point) > zone_km * 1000:
        raise OutsideZone(field="address", town=town)
