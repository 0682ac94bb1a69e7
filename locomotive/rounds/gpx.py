"""GPX: a round for the phone's own navigation."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from .round import Round


def gpx(round_: Round, *, name: str, line: Sequence[tuple[float, float]]) -> str:
    """The round as a GPX 1.1 file: its stops as waypoints, the way as a track."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gpx version="1.1" creator="La Locomotive" xmlns="http://www.topografix.com/GPX/1/1">',
        f"<metadata><name>{escape(name)}</name></metadata>",
    ]
    for number, stop in enumerate((s for s in round_.stops if s.is_live), 1):
        label = escape(f"{number} {stop.place_name or stop.street}")
        lat, lon = quoteattr(f"{stop.latitude:.6f}"), quoteattr(f"{stop.longitude:.6f}")
        parts.append(f"<wpt lat={lat} lon={lon}><name>{label}</name></wpt>")
    points = "".join(f'<trkpt lat="{lat:.6f}" lon="{lon:.6f}"/>' for lat, lon in line)
    parts.append(f"<trk><name>{escape(name)}</name><trkseg>{points}</trkseg></trk></gpx>")
    return "\n".join(parts)
