"""Dish: what is cooked."""

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Cents, Key, Words
from ..core.refusal import N_, Invalid
from ..farm.allergen import ALLERGENS

FAMILIES: dict[str, str] = {
    "stew": N_("stew"),
    "gratin": N_("gratin"),
    "pie": N_("pie"),
    "fish": N_("fish dish"),
    "roast": N_("roast"),
    "vegetables": N_("vegetables"),
    "soup": N_("soup"),
    "salad": N_("salad"),
    "fries": N_("with chips"),
    "dessert": N_("dessert"),
    "bread": N_("bread"),
    "drink": N_("drink"),
}
# The parts of a menu as customers read it, each with its families.
CATEGORIES: dict[str, tuple[str, ...]] = {
    N_("Main dishes"): ("stew", "gratin", "pie", "fish", "roast", "vegetables", "fries"),
    N_("Soups and salads"): ("soup", "salad"),
    N_("Desserts"): ("dessert",),
    N_("Bread and drinks"): ("bread", "drink"),
}
# Who makes a dish: what is eaten with the meal is laid out at the counter.
STATIONS: dict[str, str] = {"hot": N_("hot"), "cold": N_("cold"), "counter": N_("counter")}
COUNTER = ("dessert", "bread", "drink")
# Basis points: food to eat at once, food packed to keep, alcohol (French VAT, see /legal).
VAT_RATES = (1000, 550, 2000)
MAXIMUM_PRICE = 10_000
LONGEST_KEEPING = 160
MOST_WORK = 3600  # seconds for one portion


class Dish(Base):
    """What is cooked: name, family (its drawing), price, VAT and what is in it."""

    __tablename__ = "dish"
    __table_args__ = (CheckConstraint("price_cents >= 0", name="price"),)

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    family: Mapped[str] = mapped_column(String(20))
    description: Mapped[str] = mapped_column(String(500), default="")
    price_cents: Mapped[Cents]
    vat_bp: Mapped[int] = mapped_column(default=1000)
    is_vegetarian: Mapped[bool] = mapped_column(default=False)
    is_hot: Mapped[bool] = mapped_column(default=True)
    has_meat: Mapped[bool | None]  # None: nobody has said; a recipe answers for itself
    meat_origin: Mapped[Words] = mapped_column(default="")
    allergens_are_known: Mapped[bool] = mapped_column(default=False)
    work_seconds: Mapped[int] = mapped_column(default=0)  # of its station, for one portion
    # how it is kept and heated, until when it is eaten: words for its label
    keeping: Mapped[str] = mapped_column(String(LONGEST_KEEPING), default="")
    photo: Mapped[str | None] = mapped_column(String(80))
    voice: Mapped[str | None] = mapped_column(String(80))  # its name, spoken by the team
    spoken: Mapped[str | None] = mapped_column(String(80))  # its name, spoken by a program
    is_archived: Mapped[bool] = mapped_column(default=False)
    allergens: Mapped[list["DishAllergen"]] = relationship(
        cascade="all, delete-orphan", order_by="DishAllergen.code", lazy="selectin"
    )

    @property
    def station(self) -> str:
        """The station that makes the dish."""
        return station_of(self.family, is_hot=self.is_hot)

    def allergens_at(self, level: str) -> list[str]:
        """The codes at one level ("contains", "may contain"), in the regulation's order."""
        here = {a.code for a in self.allergens if a.level == level}
        return [code for code in ALLERGENS if code in here]


def station_of(family: str, *, is_hot: bool) -> str:
    """The station that makes a dish of this family: "hot", "cold" or "counter"."""
    if family in COUNTER:
        return "counter"
    return "hot" if is_hot else "cold"


class DishAllergen(Base):
    """One allergen of one dish; "no" is an answer kept only while others are missing."""

    __tablename__ = "dish_allergen"

    dish_id: Mapped[int] = mapped_column(ForeignKey("dish.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    level: Mapped[str] = mapped_column(String(20))


class DishNameTaken(Invalid):
    message = N_("Another dish has this name already. Choose another name.")


class MeatInVegetarian(Invalid):
    message = N_("A vegetarian dish has no meat. Change one of the two.")


def dishes(session: Session, *, archived: bool = False) -> list[Dish]:
    """The dishes in use (or those put away), in the order of a menu: by family, then name."""
    found = session.scalars(select(Dish).where(Dish.is_archived == archived).order_by(Dish.name))
    return sorted(found, key=lambda dish: place_on_menu(dish.family))


def place_on_menu(family: str) -> int:
    """Where dishes of this family stand on a menu."""
    return list(FAMILIES).index(family) if family in FAMILIES else len(FAMILIES)


def save_dish(session: Session, dish: Dish, *, allergens: dict[str, str]) -> Dish:
    """Write a dish with its allergens (code → level). Raises DishNameTaken, MeatInVegetarian."""
    if dish.is_vegetarian and dish.has_meat:
        raise MeatInVegetarian(field="has_meat")
    if dish.is_vegetarian:
        dish.has_meat = False
    with session.no_autoflush:
        other = session.scalar(select(Dish.id).where(Dish.name == dish.name, Dish.id != dish.id))
        if other is not None and other != dish.id:
            raise DishNameTaken(field="name")
    dish.allergens = [
        next((a for a in dish.allergens if (a.code, a.level) == item), None)
        or DishAllergen(code=item[0], level=item[1])
        for item in allergens.items()
    ]
    session.add(dish)
    session.flush()
    return dish
