"""The zone: how far the tricycles go."""

from routing.travel import great_circle

from ..refusal import N_, Invalid


class OutsideZone(Invalid):
    message = N_("%(town)s is too far for the tricycle. Choose take-away, or another address.")


def check_zone(
    point: tuple[float, float], *, depot: tuple[float, float], zone_km: float, town: str
) -> None:
    """Refuse a point (latitude, longitude in degrees) further than `zone_km` from the depot."""
    if great_circle(depot, point) > zone_km * 1000:
        raise OutsideZone(field="address", town=town)


class PlaceOutsideZone(Invalid):
    message = N_(
        "This point lies %(metres)s m from the kitchen; the tricycles go no further than "
        "%(zone)s m. Check latitude and longitude."
    )


class PositionSwapped(Invalid):
    message = N_(
        "Latitude and longitude look exchanged. Write %(latitude)s as latitude and "
        "%(longitude)s as longitude."
    )


def check_position(
    point: tuple[float, float], *, depot: tuple[float, float], zone_km: float
) -> None:
    """Refuse a place's point (latitude, longitude in degrees) outside the zone.

    Raises PositionSwapped when the exchanged point would lie inside, else PlaceOutsideZone.
    """
    metres = great_circle(depot, point)
    if metres <= zone_km * 1000:
        return
    latitude, longitude = point[1], point[0]
    is_possible = abs(latitude) <= 90
    if is_possible and great_circle(depot, (latitude, longitude)) <= zone_km * 1000:
        raise PositionSwapped(
            field="latitude", latitude=f"{latitude:g}", longitude=f"{longitude:g}"
        )
    raise PlaceOutsideZone(field="latitude", metres=round(metres), zone=round(zone_km * 1000))
