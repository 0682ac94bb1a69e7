"""What a recipe computes up to the dish: allergens, the farm's share, cost, meat."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from locomotive.core.db import db, write_tx
from locomotive.farm.produce import Produce
from locomotive.menu.dish import Dish
from locomotive.menu.recipe import (
    Book,
    Ingredient,
    IngredientUnknown,
    PartInUse,
    Recipe,
    RecipeCycle,
    RecipeLine,
    contents_of,
    read_book,
    remove_recipe,
    save_recipe,
)
from locomotive.ordering.order import Order
from locomotive.origins.coverage import Coverage, LotFacts, allocate
from locomotive.origins.origin import origins_of, plate
from tests.farm_day import FARM, GROCER, dish, lot, offer_menu, part, produce, recipe
from tests.office_day import error_at
from tests.service_day import DATE, Day

CODES = ("gluten", "milk", "eggs", "celery", "nuts")
LEVELS = ("no", "contains", "may contain", "unknown")


@st.composite
def books(draw: st.DrawFn) -> tuple[Book, dict[int, set[int]]]:
    """A book whose recipe 0 is a dish's, with parts of parts; and each recipe's direct produce."""
    count = draw(st.integers(2, 6))
    ingredients = {}
    for id_ in range(count):
        levels = {code: draw(st.sampled_from(LEVELS)) for code in CODES}
        ingredients[id_] = Ingredient(
            id_, f"p{id_}", "kg", draw(st.sampled_from([1000, 250, 60])), "vegetable", "",
            draw(st.booleans()), {c: level for c, level in levels.items() if level != "no"},
        )  # fmt: skip
    recipes = draw(st.integers(1, 4))
    lines: dict[int, tuple[tuple[int | None, int | None, int], ...]] = {}
    direct: dict[int, set[int]] = {}
    for number in range(recipes):
        chosen = draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=count))
        rows: list[tuple[int | None, int | None, int]] = [
            (p, None, draw(st.integers(1, 5000))) for p in sorted(chosen)
        ]
        if number + 1 < recipes:
            rows.append((None, number + 1, draw(st.integers(1, 2000))))
        lines[number], direct[number] = tuple(rows), chosen
    makes = {number: draw(st.integers(1, 20)) for number in range(recipes)}
    return Book(makes, lines, {7: 0}, ingredients), direct


@settings(max_examples=150, deadline=None)
@given(books())
def test_the_allergens_of_a_dish_are_the_union_over_its_tree(
    drawn: tuple[Book, dict[int, set[int]]],
) -> None:
    book, direct = drawn
    inside = [book.ingredients[p] for p in set().union(*direct.values())]
    contents = book.contents(Dish(id=7, name="a dish"))
    assert set(contents.contains) == {
        c for i in inside for c, level in i.levels.items() if level == "contains"
    }
    maybe = {c for i in inside for c, level in i.levels.items() if level == "may contain"}
    assert set(contents.may_contain) == maybe - set(contents.contains)
    assert set(contents.unknown) == {i.name for i in inside if "unknown" in i.levels.values()}
    assert contents.is_vegetarian == all(i.is_vegetarian for i in inside)


def by_hand(book: Book, recipe_id: int, of: dict[int, Fraction]) -> tuple[Fraction, Fraction]:
    """Weight of one unit of what a recipe makes, and the neighbour's part of it, computed from
    the bottom up: each line's weight on its own, not the flattened produce."""
    weight = near = Fraction()
    for produce_id, part_id, amount in book.lines[recipe_id]:
        if produce_id is not None:
            grams = Fraction(amount * book.ingredients[produce_id].unit_grams, 1000)
            weight, near = weight + grams, near + grams * of[produce_id]
        else:
            assert part_id is not None
            inner, inner_near = by_hand(book, part_id, of)
            weight, near = weight + inner * amount, near + inner_near * amount
    return weight / book.makes[recipe_id], near / book.makes[recipe_id]


@settings(max_examples=150, deadline=None)
@given(books(), st.data())
def test_the_farms_share_equals_a_hand_computation(
    drawn: tuple[Book, dict[int, set[int]]], data: st.DataObject
) -> None:
    book, _direct = drawn
    coverage, of = {}, {}
    for p in book.ingredients:
        near, far = data.draw(st.integers(0, 50)), data.draw(st.integers(0, 50))
        missing = data.draw(st.integers(0, 5))
        parts = (
            (LotFacts(2 * p, p, FARM, True, 1, DATE, None, None), near),
            (LotFacts(2 * p + 1, p, GROCER, False, 1, DATE, None, None), far),
        )
        coverage[p] = Coverage(near + far + missing, tuple(x for x in parts if x[1]))
        of[p] = Fraction(near, near + far + missing) if near + far + missing else Fraction()
    weight, near_weight = by_hand(book, 0, of)
    found = plate(book, 7, coverage, DATE)
    assert found.neighbour_bp == int(near_weight * 10_000 / weight)
    assert found.grams == round(weight)


def test_a_lot_past_its_use_by_gives_nothing_and_the_earliest_goes_first() -> None:
    def facts(id_: int, use_by: int | None) -> LotFacts:
        until = None if use_by is None else DATE + timedelta(days=use_by)
        return LotFacts(id_, 1, FARM, True, 1, DATE, until, None)

    shelf = [(facts(1, 0), 5), (facts(2, 1), 5), (facts(3, None), 5)]
    tomorrow = DATE + timedelta(days=1)
    found = allocate({DATE: {1: 3}, tomorrow: {1: 20}}, {}, shelf)
    assert [(lot.id, n) for lot, n in found[DATE][1].parts] == [(1, 3)]
    assert [(lot.id, n) for lot, n in found[tomorrow][1].parts] == [(2, 5), (3, 5)]
    assert found[tomorrow][1].missing == 10


def test_a_dish_with_an_unknown_ingredient_is_not_published_and_says_which(day: Day) -> None:
    produce("mystery paste", allergens={"gluten": "unknown"})
    produce("leeks")
    recipe("soup", leeks=0.2, mystery_paste=0.01)
    with pytest.raises(IngredientUnknown) as refusal:
        offer_menu(day, DATE + timedelta(days=1), soup=5)
    assert refusal.value.values["produce"] == "mystery paste"


def test_a_dish_that_becomes_unknown_on_a_published_menu_is_not_sold(day: Day) -> None:
    produce("paste", allergens={"gluten": "contains"})
    recipe("soup", paste=0.1)
    found = produce("paste")
    with write_tx():
        found.allergens[0].level = "unknown"
    with pytest.raises(IngredientUnknown):
        day.order(soup=1)
    assert db.session.scalar(select(func.count(Order.id))) == 0
    page = day.app.test_client().get(f"/menu/{DATE}").text
    assert 'Add<span class="unheard"> Soupe de potimarron' not in page


def test_the_order_line_keeps_what_the_recipe_contained(day: Day) -> None:
    produce("flour", allergens={"gluten": "contains", "sesame": "may contain"})
    recipe("soup", flour=0.1)
    order = day.order(soup=1)
    assert order.lines[0].allergens == "gluten"


def test_a_dish_without_a_recipe_keeps_what_its_card_declares(day: Day) -> None:
    contents = contents_of(db.session(), [dish("carbonade")], DATE)[dish("carbonade").id]
    assert contents.contains == ("gluten", "celery")
    assert not contents.has_recipe


def test_a_recipe_cannot_be_made_with_itself(day: Day) -> None:
    stock = part("stock", carrots=1)
    sauce = part("sauce", onions=1)
    with write_tx() as session:
        save_recipe(session, session.get_one(Recipe, sauce.id), [(None, stock.id, 100)])
    with pytest.raises(RecipeCycle) as refusal, write_tx() as session:
        save_recipe(session, session.get_one(Recipe, stock.id), [(None, sauce.id, 100)])
    assert refusal.value.values["field"] == "ingredient-0"
    db.session.rollback()
    assert db.session.scalars(
        select(RecipeLine.part_id).where(RecipeLine.recipe_id == stock.id)
    ).all() == [None]


def test_a_part_in_use_is_not_taken_away(day: Day) -> None:
    stock = part("stock", carrots=1)
    made = Recipe(name="soup", dish_id=dish("soup").id, makes=1)
    with write_tx() as session:
        save_recipe(session, made, [(None, stock.id, 200)])
    with pytest.raises(PartInUse), write_tx() as session:
        remove_recipe(session, session.get_one(Recipe, stock.id))


def test_cost_and_share_follow_the_lots_in_use(day: Day) -> None:
    recipe("soup", leeks=0.2, cream=0.1)
    lot(day, "leeks", 100, cents=20_000)  # 2 euros a kilo, from the farm
    lot(day, "cream", 100, by=GROCER, cents=50_000)  # 5 euros a kilo
    found = origins_of(db.session(), DATE)[dish("soup").id]
    assert found.cost_cents == 40 + 50
    assert found.neighbour_bp == 6666
    assert [(o.farm, o.produce) for o in found.origins] == [
        (FARM, ("leeks",)),
        (GROCER, ("cream",)),
    ]


def test_no_claim_is_made_that_the_lots_do_not_carry(day: Day) -> None:
    recipe("soup", leeks=0.2)
    lot(day, "leeks", 20)  # 200 portions need 40 kilos
    assert origins_of(db.session(), DATE)[dish("soup").id].origins == ()
    lot(day, "leeks", 20, by=GROCER)
    assert origins_of(db.session(), DATE)[dish("soup").id].origins == ()
    page = day.app.test_client().get(f"/menu/{DATE}").text
    assert FARM not in page.split("From the neighbouring farm")[0]


def test_the_page_tells_farm_distance_and_harvest_day(day: Day) -> None:
    recipe("soup", leeks=0.2)
    lot(day, "leeks", 40)
    client = day.app.test_client()
    client.set_cookie("language", "en")
    page = client.get(f"/menu/{DATE}").text
    assert f"leeks: {FARM}, 1 km, harvested Mon 23 Nov" in page
    assert "From the neighbouring farm: 100% of the weight" in page


@pytest.mark.parametrize(
    ("countries", "words"),
    [
        ("FR FR FR", "beef: origin: France"),
        ("BE BE FR", "beef: born and reared: Belgium, slaughtered: France"),
        ("IE BE FR", "beef: born: Ireland, reared: Belgium, slaughtered: France"),
    ],
)
def test_the_meats_countries_stand_before_the_order(day: Day, countries: str, words: str) -> None:
    produce("chuck", kind="meat")
    recipe("carbonade", chuck=0.2)
    lot(day, "chuck", 40, countries=countries)
    client = day.app.test_client()
    client.set_cookie("language", "en")
    page = client.get(f"/menu/{DATE}").text
    assert words in page.replace("Beef:", "beef:")
    assert "vegetarian" not in page.split("Salade")[0].split("Carbonade")[-1]


def test_the_manager_writes_a_recipe_and_reads_what_it_gives(day: Day, office: FlaskClient) -> None:
    leeks = produce("leeks")
    address = f"/office/dishes/{dish('soup').id}/recipe"
    answer = office.post(
        address,
        data={"name": "soup", "makes": "10", "ingredient-0": f"p{leeks.id}", "amount-0": "2,5"},
    )
    assert answer.status_code == 303
    db.session.rollback()
    assert read_book(db.session()).per_portion(dish("soup").id) == {leeks.id: Fraction(250)}
    assert "Soupe de potimarron" in office.get("/office/recipes/").text


@pytest.mark.parametrize("makes", ["0", "-1", "", "much"])
def test_a_recipe_that_makes_nothing_is_refused_at_its_field(
    day: Day, office: FlaskClient, makes: str
) -> None:
    leeks = produce("leeks")
    data = {"name": "stock", "makes": makes, "ingredient-0": f"p{leeks.id}", "amount-0": "2,5"}
    answer = office.post("/office/recipes/new", data=data)
    assert answer.status_code == 422
    assert error_at(answer, "makes")


def test_an_ingredient_without_a_quantity_is_said_at_its_field(
    day: Day, office: FlaskClient
) -> None:
    leeks = produce("leeks")
    address = f"/office/dishes/{dish('soup').id}/recipe"
    answer = office.post(
        address, data={"name": "soup", "makes": "10", "ingredient-0": f"p{leeks.id}"}
    )
    assert answer.status_code == 422
    assert error_at(answer, "amount-0") == "Write how much of it goes in."
    assert db.session.scalar(select(Recipe.id)) is None


def test_produce_that_is_put_away_leaves_its_recipes_whole(day: Day, office: FlaskClient) -> None:
    found = recipe("soup", makes=10, leeks=2, cream=1)
    leeks, cream = produce("leeks"), produce("cream")
    whole = read_book(db.session()).per_portion(dish("soup").id)
    with write_tx() as session:
        session.get_one(Produce, leeks.id).is_archived = True
    assert read_book(db.session()).per_portion(dish("soup").id) == whole
    # Its page shows it as chosen, and what is sent as it is shown changes nothing.
    page = office.get(f"/office/recipes/{found.id}").text
    chosen = re.findall(r'<option selected value="(p\d+)">', page)
    assert chosen == [f"p{leeks.id}", f"p{cream.id}"]
    sent = {f"ingredient-{i}": each for i, each in enumerate(chosen)}
    sent |= {"name": "soup", "makes": "10", "amount-0": "2", "amount-1": "1"}
    assert office.post(f"/office/recipes/{found.id}", data=sent).status_code == 303
    db.session.rollback()
    assert read_book(db.session()).per_portion(dish("soup").id) == whole
    # The control: what is put away is not offered anew.
    assert f'value="p{leeks.id}"' not in office.get("/office/recipes/new").text
