"""Streets and addresses: fetched by one command, or imported from files at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext as _

from routing.streets import Built, RoadsUnusable

from ..addresses.ban import check_count, collect, replace_addresses
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..places.dataset import last_dataset
from ..places.zone import zone_of
from ..town.proof import Proof
from ..town.setup import IN_FORCE, STEPS, begin_setup, take_setup
from ..web.language import ago, sentence
from ..web.view import settings
from ..worker.roads import build_proven, put_in_force, run_setup

Files = click.Path(exists=True, dir_okay=False, path_type=Path)
ANYWAY = "Take far fewer addresses or streets than are in force."


@click.command("setup-town")
@click.option("--anyway", is_flag=True, help=ANYWAY)
def setup_town(anyway: bool) -> None:
    """Fetch the streets and addresses of the zone, prove them and put them in force.

    The addresses of the files are LOCOMOTIVE_STREETS_URL and LOCOMOTIVE_ADDRESSES_URL. What broke
    off goes on where it was; what is in force stays until the new is proven.
    """
    with _kept():
        with write_tx() as session:
            setup_id = begin_setup(session, now=clock.now()).id
            take_setup(session, setup_id, now=clock.now())
        proof = run_setup(setup_id, tell=_tell, is_anyway=anyway)
    _say_proof(proof)
    _say_in_force(clock.now())


@click.command()
@click.argument("files", nargs=-1, required=True, type=Files)
@click.option("--anyway", is_flag=True, help=ANYWAY)
def import_addresses(files: tuple[Path, ...], anyway: bool) -> None:
    """Read address files of the Base Adresse Nationale, such as adresses-62.csv.gz.

    Only the towns that the zone touches are kept; they replace the addresses imported before.
    """
    house = settings()
    zone = zone_of(db.session(), depot=house.depot, zone_km=house.zone_km)
    db.session.remove()
    with _kept():
        found = collect(files, is_inside=zone.holds)
        if not anyway:
            check_count(db.session(), found)
        db.session.remove()
        with write_tx() as session:
            made = replace_addresses(session, found, now=clock.now())
    served = sorted(town.name for town in found.towns.values() if town.is_served)
    click.echo(
        _(
            "Addresses: %(count)s. Streets: %(streets)s. Towns: %(towns)s.",
            count=made.count,
            streets=len(found.streets),
            towns=len(served),
        )
    )
    click.echo(", ".join(served))
    for reason, count in found.left_out.most_common():
        click.echo(_("Lines left out: %(count)s (%(reason)s).", count=count, reason=_(reason)))


@click.command()
@click.argument("file", type=Files)
@click.option("--anyway", is_flag=True, help=ANYWAY)
def import_roads(file: Path, anyway: bool) -> None:
    """Make the road network of an OpenStreetMap extract (.osm.pbf) that covers the zone.

    The network in force stays until the new one is whole.
    """
    with _kept():
        built, _proof = build_proven(file, None, is_anyway=anyway)
    put_in_force(built, source=file.name)
    _say_built(built)


@contextmanager
def _kept() -> Iterator[None]:
    """What is refused is said in one sentence, and that nothing was changed."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(f"{sentence(refusal)} {_('Nothing was changed.')}") from refusal
    except RoadsUnusable as error:
        words = _(error.message, **error.values)
        raise click.ClickException(f"{words} {_('Nothing was changed.')}") from error


def _tell(step: dict[str, Any]) -> None:
    sentence_of = STEPS[step["step"]]
    words = _(sentence_of, name=step.get("name", ""))
    if step.get("total"):
        done, total = (f"{step[name] / 1e6:.1f}" for name in ("done", "total"))
        words = f"{words}, {_('%(done)s of %(total)s MB', done=done, total=total)}"
    click.echo(words)


def _say_proof(proof: Proof) -> None:
    for town, count in proof.towns.items():
        click.echo(_("Addresses in %(town)s: %(count)s", town=town, count=count))
    for place, way in proof.ways.items():
        if way is None:
            click.echo(_("No way leads to %(place)s.", place=place))
        else:
            click.echo(
                _("%(place)s: %(minutes)s min, %(metres)s m from the kitchen",
                  place=place, minutes=way[0], metres=way[1])
            )  # fmt: skip
    click.echo(_("%(share)s %% of the addresses lie at a street.", share=int(100 * proof.near)))
    if proof.flat:
        tiles = ", ".join(proof.flat)
        click.echo(
            _(
                "Hills are not known here: no elevation tile %(tiles)s. Rides are timed as if it "
                "were flat.",
                tiles=tiles,
            )
        )
    elif proof.flat is not None:
        click.echo(_("Hills are known: rides uphill take longer."))


def _say_in_force(now: datetime) -> None:
    """What is in force, and how old it is."""
    for kind in ("roads", "addresses"):
        made = last_dataset(db.session(), kind)
        if made:
            words = IN_FORCE[kind]
            click.echo(_(words, source=made.source, ago=ago(made.made_at, now), count=made.count))
    click.echo("© OpenStreetMap contributors (ODbL), Base Adresse Nationale (Licence Ouverte 2.0).")


def _say_built(built: Built) -> None:
    click.echo(
        _("%(streets)s stretches of street, %(size)s MB, made in %(seconds)s s.",
          streets=built.streets, size=f"{built.bytes / 1e6:.1f}", seconds=round(built.seconds))
    )  # fmt: skip
    click.echo(
        _("Closed to the tricycle: %(ways)s ways and %(nodes)s barriers by their tags, "
          "%(passages)s passages by your marks.",
          ways=built.closed_ways, nodes=built.closed_nodes, passages=built.passages)
    )  # fmt: skip
    click.echo(_("Map version %(version)s. © OpenStreetMap contributors (ODbL).",
                 version=built.version))  # fmt: skip
