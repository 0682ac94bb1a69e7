"""The demonstration's command."""

from datetime import date, datetime

import click
from sqlalchemy import select

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.mark import DEMONSTRATION, is_marked
from ..menu.dish import Dish
from ..service.service import next_working_day
from ..web.view import settings


@click.command()
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Default: the next lunch.")
@click.option("--orders", default=40, show_default=True, type=click.IntRange(0, 500))
@click.option("--seed", default=1, show_default=True)
def demo(day: datetime | None, orders: int, seed: int) -> None:
    """Load a believable lunch; the database is marked as a demonstration for good."""
    from .demonstration import load_lunch, load_month

    with db.session() as session:
        # One that takes deliveries too: whoever looks at it wants to try them.
        wanted: date = day.date() if day else next_working_day(session, clock.now(), "delivery")
    house = settings()
    if house.is_production:
        raise click.ClickException("A demonstration is not loaded in production mode.")
    if db.session.scalar(select(Dish.id).limit(1)) and not is_marked(db.session(), DEMONSTRATION):
        raise click.ClickException("This database holds a real restaurant: use an empty one.")
    with write_tx() as session:
        count = load_lunch(
            session,
            wanted,
            orders=orders,
            seed=seed,
            settings=house,
            now=clock.now(),
        )
        days = load_month(session, settings=house, now=clock.now())
    click.echo(f"Lunch of {wanted}: {count} orders.")
    if days:
        click.echo(f"The month before: {days} lunches.")
