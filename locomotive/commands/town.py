"""Importing streets and addresses."""

from pathlib import Path

import click

from routing.streets import Built, RoadsUnusable, build

from ..addresses.ban import AddressFileUnusable, collect, replace_addresses
from ..core.clock import clock
from ..core.db import db, write_tx
from ..places.roads import FOLDER, box_of, marks_of, passages
from ..places.zone import zone_of
from ..web.view import settings
from ..worker.roads import put_in_force


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def import_addresses(files: tuple[Path, ...]) -> None:
    """Read address files of the Base Adresse Nationale, such as adresses-62.csv.gz.

    Only the towns that the zone touches are kept; they replace the addresses imported before.
    """
    house = settings()
    zone = zone_of(db.session(), depot=house.depot, zone_km=house.zone_km)
    db.session.remove()
    try:
        found = collect(files, is_inside=zone.holds)
    except AddressFileUnusable as error:
        raise click.ClickException(f"{error} Nothing was changed.") from error
    with write_tx() as session:
        made = replace_addresses(session, found, now=clock.now())
    served = sorted(town.name for town in found.towns.values() if town.is_served)
    click.echo(f"{made.count} addresses in {len(found.streets)} streets of {len(served)} towns:")
    click.echo(", ".join(served))
    for reason, count in found.left_out.most_common():
        click.echo(f"{count} lines left out: {reason}.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_roads(file: Path) -> None:
    """Make the road network of an OpenStreetMap extract (.osm.pbf) that covers the zone.

    The network in force stays until the new one is whole.
    """
    house = settings()
    session = db.session()
    zone = zone_of(session, depot=house.depot, zone_km=house.zone_km)
    marks = marks_of(passages(session, day=clock.today()))
    db.session.remove()
    try:
        built = build(
            file,
            house.instance / FOLDER,
            box=box_of(zone),
            centre=house.depot,
            passages=marks,
        )
    except RoadsUnusable as error:
        raise click.ClickException(f"{error} Nothing was changed.") from error
    put_in_force(built, source=file.name)
    _say(built)


def _say(built: Built) -> None:
    click.echo(
        f"{built.streets} stretches of street, {built.bytes / 1e6:.1f} MB, "
        f"made in {built.seconds:.0f} s."
    )
    click.echo(
        f"Closed to the tricycle: {built.closed_ways} ways and {built.closed_nodes} barriers by "
        f"their tags, {built.passages} passages by your marks."
    )
    click.echo(f"Map version {built.version}. © OpenStreetMap contributors (ODbL).")
