"""What a customer chooses of a set menu and of a stew with options."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from werkzeug.test import TestResponse

from locomotive.core.db import db
from locomotive.ordering.order import Order
from tests.service_day import DATE
from tests.shop_day import Shop

STEW, SALAD, SOUP = "Carbonade flamande", "Salade de lentilles", "Soupe de potimarron"
SET_MENU, LARGE, MUSTARD, WITHOUT = "Formule midi", "grande", "sauce moutarde", "sans oignon"


@dataclass
class Formula:
    """The set menu of the day and the options of its stew, as a browser sends them."""

    shop: Shop
    id: int
    options: dict[str, int]

    @property
    def lead(self) -> str:
        return f"s{self.id}"

    def item(self, main: str = STEW, *options: str) -> str:
        """The key of the set menu with a main dish and its options, and the soup."""
        ids = sorted(self.options[name] for name in options)
        chosen = "-".join(map(str, [self.shop.portion(main).id, *ids]))
        return f"s{self.id}_{chosen}_{self.shop.portion(SOUP).id}"

    def fields(self, number: str = "1", main: str = STEW, *options: str) -> dict[str, object]:
        """The set menu's form with these choices."""
        lead, main_id = self.lead, self.shop.portion(main).id
        ticked: dict[str, list[str]] = {}
        for name in options:
            kind = {LARGE: "size", MUSTARD: "sauce", WITHOUT: "without"}[name]
            field = f"option-{lead}-0-{main_id}-{kind}"
            ticked.setdefault(field, []).append(str(self.options[name]))
        return {
            f"number-{lead}": number,
            f"places-{lead}": "2",
            f"pick-{lead}-0": str(main_id),
            f"pick-{lead}-1": str(self.shop.portion(SOUP).id),
            **ticked,
        }

    def add(self, number: str = "1", main: str = STEW, *options: str) -> TestResponse:
        """Press "Add" at the set menu."""
        fields = self.fields(number, main, *options)
        return self.shop.client.post("/basket", data={"date": str(DATE), "add": "1", **fields})

    def stew_fields(self, number: str, *options: str) -> dict[str, object]:
        """The form of the stew's options."""
        lead = str(self.shop.portion(STEW).id)
        fields: dict[str, object] = {f"number-{lead}": number, f"pick-{lead}-0": lead}
        for name in options:
            fields[f"option-{lead}-0-{lead}-{name}"] = str(self.options[name])
        return fields

    def add_stew(self, number: str = "1", *options: str) -> TestResponse:
        """Press "Add with these options" at the stew."""
        fields = self.stew_fields(number, *options)
        return self.shop.client.post("/basket", data={"date": str(DATE), "add": "1", **fields})


def only_order() -> Order:
    """The only order."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Order)).one()
