"""The rooms of the house and their views."""

from flask import Flask

from .accounts.views import room as accounts
from .delivery import learning_views, rider_views, trouble_views  # noqa: F401 - they add to the room
from .delivery.views import room as delivery
from .kitchen.views import room as kitchen
from .menu.views import room as menu
from .office import room as office
from .ordering import change_views, checkout_views, disruption_views, order_views  # noqa: F401 - they add to the room
from .ordering.views import room as ordering
from .pages import room as pages
from .places import map_views  # noqa: F401 - it adds to the room
from .places.views import room as places
from .service.views import room as service


def add_rooms(app: Flask) -> None:
    """Open every room."""
    for room in (accounts, places, menu, service, ordering, kitchen, delivery, office, pages):
        app.register_blueprint(room)
