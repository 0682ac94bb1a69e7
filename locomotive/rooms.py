"""The rooms of the house and their views."""

from flask import Flask

from .accounts.views import room as accounts
from .buying import room as buying
from .cooking import room as cooking
from .delivery import (  # noqa: F401 - they add to the room
    collection_views,
    learning_views,
    position_views,
    rider_views,
    trouble_views,
)
from .delivery.views import room as delivery
from .exchange import room as exchange
from .farm.views import room as farm
from .farmer import room as farmer
from .figures import room as figures
from .kitchen import paper_views, rare_views  # noqa: F401 - they add to the room
from .kitchen.views import room as kitchen
from .menu import photo_views, recipe_views  # noqa: F401 - they add to the room
from .menu.views import room as menu
from .office import room as office
from .ordering import change_views, checkout_views, disruption_views, order_views  # noqa: F401 - they add to the room
from .ordering.views import room as ordering
from .pages import room as pages
from .places import map_views, place_views  # noqa: F401 - they add to the room
from .places.views import room as places
from .recalls import room as recalls
from .service.views import room as service


def add_rooms(app: Flask) -> None:
    """Open every room."""
    rooms = (accounts, places, farm, menu, service, ordering, kitchen, delivery)
    across = (office, buying, farmer, cooking, recalls, exchange, figures, pages)
    for room in (*rooms, *across):
        app.register_blueprint(room)
