"""Recipe: what one portion of a dish is made of, down to the produce.

A dish's recipe lists produce and parts (stock, sauce: recipes of their own) for a number of
portions; a part's recipe lists them for the weight that it yields. Amounts per portion are
exact fractions, so that sums over a tree lose nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Day, Key, Words
from ..core.refusal import N_, Invalid, Refusal
from ..farm.allergen import ALLERGENS
from ..farm.produce import Produce, ProduceAllergen
from ..farm.unit import ONE
from .dish import Dish

MAXIMUM_LINES = 40


class Recipe(Base):
    """The recipe of a dish, or of a part that other recipes use."""

    __tablename__ = "recipe"
    __table_args__ = (CheckConstraint("makes > 0", name="makes"),)

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    dish_id: Mapped[int | None] = mapped_column(ForeignKey("dish.id"), unique=True)
    # Portions of the dish, or thousandths of a kilo of the part, that the lines make.
    makes: Mapped[int]
    asks_temperature: Mapped[bool] = mapped_column(default=False)
    lines: Mapped[list["RecipeLine"]] = relationship(
        back_populates="recipe",
        cascade="all, delete-orphan",
        order_by="RecipeLine.id",
        lazy="selectin",
        foreign_keys="RecipeLine.recipe_id",
    )


class RecipeLine(Base):
    """So much of one produce, or of one part, in one recipe."""

    __tablename__ = "recipe_line"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(produce_id IS NULL) <> (part_id IS NULL)", name="one_of_two"),
    )

    id: Mapped[Key]
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipe.id"), index=True)
    produce_id: Mapped[int | None] = mapped_column(ForeignKey("produce.id"))
    part_id: Mapped[int | None] = mapped_column(ForeignKey("recipe.id"))
    amount: Mapped[int]
    recipe: Mapped[Recipe] = relationship(back_populates="lines", foreign_keys=[recipe_id])


class Swap(Base):
    """On one day one produce stands in for another in one dish, at the same weight."""

    __tablename__ = "swap"

    id: Mapped[Key]
    day: Mapped[Day] = mapped_column(index=True)
    dish_id: Mapped[int] = mapped_column(ForeignKey("dish.id"))
    out_id: Mapped[int] = mapped_column(ForeignKey("produce.id"))
    in_id: Mapped[int] = mapped_column(ForeignKey("produce.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    dish: Mapped[Dish] = relationship(lazy="joined", innerjoin=True)
    out: Mapped[Produce] = relationship(foreign_keys=[out_id], lazy="joined", innerjoin=True)
    stand_in: Mapped[Produce] = relationship(foreign_keys=[in_id], lazy="joined", innerjoin=True)


class RecipeCycle(Invalid):
    message = N_("%(part)s is made with this recipe itself. Take it out of the list.")


class RecipeNameTaken(Invalid):
    message = N_("Another recipe has this name already.")


class RecipeEmpty(Invalid):
    message = N_("A recipe needs at least one ingredient.")


class IngredientUnknown(Refusal):
    message = N_("%(dish)s: the allergens of %(produce)s are not known. Complete them first.")


class PartInUse(Refusal):
    message = N_("%(part)s is part of other recipes: take it out of them first.")


@dataclass(frozen=True)
class Ingredient:
    """A produce as recipes see it: what it weighs and what is in it."""

    id: int
    name: str
    unit: str
    unit_grams: int
    kind: str
    species: str
    is_vegetarian: bool
    levels: Mapping[str, str] = field(default_factory=dict)

    def grams(self, amount: Fraction | int) -> Fraction:
        """What an amount (thousandths of the unit) weighs."""
        return Fraction(amount) * self.unit_grams / ONE


@dataclass(frozen=True)
class Contents:
    """What is in a dish: the union over its recipe's tree, or what its card declares."""

    contains: tuple[str, ...]
    may_contain: tuple[str, ...]
    is_vegetarian: bool
    unknown: tuple[str, ...] = ()  # names of produce whose allergens nobody has said
    has_recipe: bool = False


def united(parts: Iterable[Contents]) -> Contents:
    """Everything that is in any of these."""
    parts = list(parts)
    contains = {code for part in parts for code in part.contains}
    may_contain = {code for part in parts for code in part.may_contain} - contains
    return Contents(
        contains=tuple(code for code in ALLERGENS if code in contains),
        may_contain=tuple(code for code in ALLERGENS if code in may_contain),
        is_vegetarian=all(part.is_vegetarian for part in parts),
        unknown=tuple(sorted({name for part in parts for name in part.unknown})),
        has_recipe=any(part.has_recipe for part in parts),
    )


@dataclass(frozen=True)
class Book:
    """All recipes and their produce, read at once; pure from there on."""

    makes: Mapping[int, int]
    lines: Mapping[int, tuple[tuple[int | None, int | None, int], ...]]
    of_dish: Mapping[int, int]
    ingredients: Mapping[int, Ingredient]
    swaps: Mapping[tuple[date, int], tuple[tuple[int, int], ...]] = field(default_factory=dict)
    asks_temperature: frozenset[int] = frozenset()
    _cached: dict[tuple[int, date | None], dict[int, Fraction]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def per_portion(self, dish_id: int, day: date | None = None) -> dict[int, Fraction]:
        """Produce id → thousandths of its unit in one portion; empty without a recipe.

        A stand-in of the day replaces its produce weight for weight.
        """
        day = day if (day, dish_id) in self.swaps else None
        if (dish_id, day) not in self._cached:
            self._cached[dish_id, day] = self._portion(dish_id, day)
        return dict(self._cached[dish_id, day])

    def _portion(self, dish_id: int, day: date | None) -> dict[int, Fraction]:
        recipe_id = self.of_dish.get(dish_id)
        if recipe_id is None:
            return {}
        found = self._whole(recipe_id, ())
        portion = {p: amount / self.makes[recipe_id] for p, amount in found.items()}
        for out, stand_in in self.swaps.get((day, dish_id), ()) if day else ():
            if out in portion:
                grams = self.ingredients[out].grams(portion.pop(out))
                amount = grams * ONE / self.ingredients[stand_in].unit_grams
                portion[stand_in] = portion.get(stand_in, Fraction()) + amount
        return portion

    def _whole(self, recipe_id: int, above: tuple[int, ...]) -> dict[int, Fraction]:
        """Produce id → amount in all that the recipe makes."""
        total: dict[int, Fraction] = {}
        for produce_id, part_id, amount in self.lines.get(recipe_id, ()):
            if produce_id is not None:
                total[produce_id] = total.get(produce_id, Fraction()) + amount
            elif part_id is not None and part_id not in above:
                share = Fraction(amount, self.makes[part_id])
                for inner, much in self._whole(part_id, (*above, recipe_id)).items():
                    total[inner] = total.get(inner, Fraction()) + much * share
        return total

    def grams_per_portion(self, dish_id: int, day: date | None = None) -> Fraction:
        """What one portion weighs before it is cooked."""
        portion = self.per_portion(dish_id, day)
        return sum((self.ingredients[p].grams(a) for p, a in portion.items()), Fraction())

    def contents(self, dish: Dish, day: date | None = None) -> Contents:
        """The dish's allergens and whether it is vegetarian, from its recipe if it has one."""
        if dish.id not in self.of_dish:
            return declared(dish)
        return contents_from(self.ingredients[p] for p in self.per_portion(dish.id, day))


def contents_from(ingredients: Iterable[Ingredient]) -> Contents:
    """The union of what is in these."""
    inside = list(ingredients)
    levels: dict[str, set[str]] = {}
    for ingredient in inside:
        for code, level in ingredient.levels.items():
            levels.setdefault(code, set()).add(level)
    sure = tuple(c for c in ALLERGENS if "contains" in levels.get(c, ()))
    maybe = tuple(c for c in ALLERGENS if "may contain" in levels.get(c, ()) and c not in sure)
    return Contents(
        contains=sure,
        may_contain=maybe,
        is_vegetarian=all(i.is_vegetarian for i in inside),
        unknown=tuple(sorted({i.name for i in inside if "unknown" in i.levels.values()})),
        has_recipe=True,
    )


def declared(dish: Dish) -> Contents:
    """What the dish's own card says, for dishes without a recipe."""
    return Contents(
        contains=tuple(dish.allergens_at("contains")),
        may_contain=tuple(dish.allergens_at("may contain")),
        is_vegetarian=dish.is_vegetarian,
    )


def read_book(session: Session) -> Book:
    """Read all recipes in four queries, however many there are."""
    makes, of_dish, asks = {}, {}, set()
    for id_, dish_id, made, temperature in session.execute(
        select(Recipe.id, Recipe.dish_id, Recipe.makes, Recipe.asks_temperature)
    ):
        makes[id_] = made
        if dish_id is not None:
            of_dish[dish_id] = id_
            if temperature:
                asks.add(dish_id)
    if not makes:
        return Book({}, {}, {}, {})
    lines: dict[int, list[tuple[int | None, int | None, int]]] = {}
    for recipe_id, produce_id, part_id, amount in session.execute(
        select(RecipeLine.recipe_id, RecipeLine.produce_id, RecipeLine.part_id, RecipeLine.amount)
    ):
        lines.setdefault(recipe_id, []).append((produce_id, part_id, amount))
    swaps: dict[tuple[date, int], tuple[tuple[int, int], ...]] = {}
    for day, dish_id, out, stand_in in session.execute(
        select(Swap.day, Swap.dish_id, Swap.out_id, Swap.in_id)
        .where(Swap.undone_at.is_(None))
        .order_by(Swap.id)
    ):
        swaps[day, dish_id] = (*swaps.get((day, dish_id), ()), (out, stand_in))
    return Book(
        makes=makes,
        lines={k: tuple(v) for k, v in lines.items()},
        of_dish=of_dish,
        ingredients=read_ingredients(session),
        swaps=swaps,
        asks_temperature=frozenset(asks),
    )


def read_ingredients(session: Session) -> dict[int, Ingredient]:
    """All produce with their allergens, by id."""
    found: dict[int, Ingredient] = {}
    for id_, name, unit, grams, kind, species, vegetarian, code, level in session.execute(
        select(
            Produce.id, Produce.name, Produce.unit, Produce.unit_grams, Produce.kind,
            Produce.species, Produce.is_vegetarian, ProduceAllergen.code, ProduceAllergen.level,
        ).outerjoin(ProduceAllergen)
    ):  # fmt: skip
        if id_ not in found:
            found[id_] = Ingredient(id_, name, unit, grams, kind, species, vegetarian, {})
        if code is not None:
            found[id_].levels[code] = level  # type: ignore[index]
    return found


def contents_of(session: Session, dishes: Iterable[Dish], day: date) -> dict[int, Contents]:
    """What is in each dish (by its id) on a day; recipes are read only when one is needed."""
    dishes = list(dishes)
    ids = [dish.id for dish in dishes]
    has_recipe = session.scalar(select(Recipe.id).where(Recipe.dish_id.in_(ids)).limit(1))
    if has_recipe is None:
        return {dish.id: declared(dish) for dish in dishes}
    book = read_book(session)
    return {dish.id: book.contents(dish, day) for dish in dishes}


def recipe_of(session: Session, dish_id: int) -> Recipe | None:
    """The recipe of a dish."""
    return session.scalar(select(Recipe).where(Recipe.dish_id == dish_id))


def parts(session: Session) -> list[Recipe]:
    """The recipes that are part of others: stocks, sauces, doughs."""
    return list(session.scalars(select(Recipe).filter_by(dish_id=None).order_by(Recipe.name)))


def save_recipe(
    session: Session, recipe: Recipe, lines: list[tuple[int | None, int | None, int]]
) -> Recipe:
    """Write a recipe with its lines (produce id, part id, amount).

    Raises RecipeEmpty, RecipeNameTaken, RecipeCycle.
    """
    if not lines:
        raise RecipeEmpty(field="ingredient-0")
    with session.no_autoflush:
        other = session.scalar(select(Recipe.id).where(Recipe.name == recipe.name))
        if other is not None and other != recipe.id:
            raise RecipeNameTaken(field="name")
    session.add(recipe)
    recipe.lines = [RecipeLine(produce_id=p, part_id=r, amount=a) for p, r, a in lines]
    session.flush()
    _check_cycle(session, recipe)
    return recipe


def _check_cycle(session: Session, recipe: Recipe) -> None:
    inside: dict[int, list[int]] = {}
    for above, below in session.execute(
        select(RecipeLine.recipe_id, RecipeLine.part_id).where(RecipeLine.part_id.isnot(None))
    ):
        if below is not None:
            inside.setdefault(above, []).append(below)
    for index, line in enumerate(recipe.lines):
        to_see, seen = [line.part_id], set()
        while to_see:
            here = to_see.pop()
            if here == recipe.id and line.part_id is not None:
                part = session.get_one(Recipe, line.part_id)
                raise RecipeCycle(part=part.name, field=f"ingredient-{index}")
            if here is not None and here not in seen:
                seen.add(here)
                to_see += inside.get(here, [])


def remove_recipe(session: Session, recipe: Recipe) -> None:
    """Take a recipe away; the dish is then what its card declares. Raises PartInUse."""
    if session.scalar(select(RecipeLine.id).where(RecipeLine.part_id == recipe.id).limit(1)):
        raise PartInUse(part=recipe.name)
    session.delete(recipe)
    session.flush()


def check_known(dish: Dish, contents: Contents, **values: object) -> None:
    """Refuse a dish with an ingredient whose allergens nobody has said. Raises
    IngredientUnknown, which names it."""
    if contents.unknown:
        raise IngredientUnknown(dish=dish.name, produce=", ".join(contents.unknown), **values)
