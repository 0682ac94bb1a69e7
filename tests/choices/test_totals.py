"""For any menu, set menu, options and order: the lines make the total, VAT adds up to the cent,
what is counted is what is cooked, and what an option adds stands on the label."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locomotive.choices.choice import Choice, choices_of
from locomotive.choices.option import DishOption
from locomotive.choices.set_menu import Course, CourseDish, SetMenu, split_price
from locomotive.kitchen.production import dish_totals
from locomotive.menu.dish import VAT_RATES, Dish
from locomotive.menu.menu import Menu, Portion
from locomotive.menu.recipe import Contents
from locomotive.ordering.cart import Basket, BasketLine, item_rows
from locomotive.ordering.order import Order
from locomotive.ordering.request import new_lines
from locomotive.ordering.shown import facts_of_lines, lines_of_basket, vat_of_lines

CODES = ("gluten", "milk", "mustard")
INSIDE = {1: ("gluten",), 2: (), 3: ("milk",), 4: ()}


@st.composite
def menus(draw: st.DrawFn) -> Menu:
    """Four dishes at any price and rate, bare objects."""
    dishes = [Dish(id=i, name=f"dish {i}", family="stew", is_hot=True) for i in INSIDE]
    return Menu(
        id=1,
        portions=[
            Portion(
                id=10 + dish.id,
                dish=dish,
                dish_id=dish.id,
                price_cents=draw(st.integers(0, 3000)),
                vat_bp=draw(st.sampled_from(VAT_RATES)),
                stopped_because="",
                remaining=100,
            )
            for dish in dishes
        ],
    )


@st.composite
def option_lists(draw: st.DrawFn) -> list[DishOption]:
    """Two options of each dish."""
    return [
        DishOption(
            id=100 + number,
            dish_id=1 + number % 4,
            kind=("size", "extra")[number // 4],
            name=f"option {number}",
            price_cents=draw(st.integers(-400, 900)),
            extra_portions=draw(st.integers(0, 2)),
            contains=draw(st.sampled_from(("", *CODES))),
            may_contain="",
            is_vegetarian=True,
            is_ended=False,
        )
        for number in range(8)
    ]


class Bare:
    """Answers the two queries of `choices_of` from bare objects."""

    def __init__(self, options: list[DishOption], set_menu: SetMenu) -> None:
        self.options, self.set_menu = options, set_menu

    def scalars(self, query: object) -> list[object]:
        return list(self.options) if "dish_option" in str(query) else [self.set_menu]


@st.composite
def baskets(draw: st.DrawFn) -> tuple[Basket, int]:
    """Plain dishes, dishes with options, and set menus of two courses with their price."""
    menu, options = draw(menus()), draw(option_lists())
    courses = [Course(name="a", dishes=[]), Course(name="b", dishes=[])]
    for course, ids in zip(courses, ((1, 2), (3, 4)), strict=True):
        course.dishes = [CourseDish(dish_id=i) for i in ids]
    price = draw(st.integers(0, 5000))
    set_menu = SetMenu(id=7, name="formula", price_cents=price, courses=courses)

    def part(dish_id: int) -> str:
        own = [option.id for option in options if option.dish_id == dish_id]
        chosen = draw(st.lists(st.sampled_from(own), unique=True, max_size=2))
        return "-".join(map(str, [10 + dish_id, *sorted(chosen)]))

    keys = {part(draw(st.integers(1, 4))) for _ in range(draw(st.integers(0, 3)))}
    for _ in range(draw(st.integers(0, 3))):
        keys.add(f"s7_{part(draw(st.sampled_from((1, 2))))}_{part(draw(st.sampled_from((3, 4))))}")
    found = choices_of(Bare(options, set_menu), menu, sorted(keys))  # type: ignore[arg-type]
    assert {key for key in keys if not key.isdigit()} == set(found)
    portions = {str(portion.id): portion for portion in menu.portions}
    numbers = {key: draw(st.integers(1, 50)) for key in sorted(keys)}
    lines = [BasketLine(portions[k], n) for k, n in numbers.items() if k in portions]
    for key, parts in found.items():
        lines += [BasketLine(portion, numbers[key], choice) for portion, choice in parts]
    return Basket(tuple(lines)), price


def broken(basket: Basket, price: int) -> list[str]:
    """What does not hold of an order of this basket, whose set menus cost `price`."""
    contents = {i: Contents(codes, (), is_vegetarian=True) for i, codes in INSIDE.items()}
    shown = lines_of_basket(basket.lines, contents, {})
    order = Order(id=1, reserved=None, status="placed")
    order.lines = new_lines(order, basket.lines, contents, {})
    for line in order.lines:
        line.cooked = 0
    cents = sum(line.total_cents for line in order.lines)
    gross: dict[int, int] = {}
    for line in order.lines:
        gross[line.vat_bp] = gross.get(line.vat_bp, 0) + line.total_cents
    vat_shown = vat_of_lines(shown)
    cooked = {total.name: total.portions for total in dish_totals([order])}
    stock = {f"dish {p - 10}": number for p, number in basket.quantities.items()}
    checks = {
        "the page's total": facts_of_lines(shown)["total"] == cents == basket.total_cents,
        "the receipt's rows": sum(row[2] for row in item_rows(order.lines)) == cents,
        "VAT by rate": sum(gross.values()) == cents
        and all(abs(vat - Fraction(gross[bp] * bp, 10_000 + bp)) * 2 <= 1 for bp, vat in vat_shown),
        "portions": cooked == stock and sum(stock.values()) == order.boxes == basket.count,
        "prices": all(line.unit_price_cents >= 0 for line in order.lines),
        "labels": all(
            set(option.contains.split(",")) - {""} <= set(line.allergens.split(","))
            for line, chosen in zip(order.lines, basket.lines, strict=True)
            for option in chosen.choice.options
        ),
        "set menus": _set_menus_hold(basket, price),
    }
    return [what for what, holds in checks.items() if not holds]


def _set_menus_hold(basket: Basket, price: int) -> bool:
    """The lines of each set menu make its price with the differences of its options."""
    for key in {line.item for line in basket.lines if line.set_menu}:
        lines = [line for line in basket.lines if line.item == key]
        more = sum(option.price_cents for line in lines for option in line.choice.options)
        if sum(line.price_cents for line in lines) != max(0, price + more):
            return False
    return True


@settings(max_examples=60, deadline=None)
@given(baskets())
def test_every_order_adds_up(drawn: tuple[Basket, int]) -> None:
    assert broken(*drawn) == []


@given(st.integers(0, 20_000), st.lists(st.integers(0, 5000), min_size=1, max_size=4))
def test_the_shares_of_a_price_make_it_to_the_cent(price: int, alone: list[int]) -> None:
    shares = split_price(price, alone)
    assert sum(shares) == price
    assert min(shares) >= 0
    if any(alone):
        exact = [price * one / sum(alone) for one in alone]
        assert all(abs(share - one) < 1 for share, one in zip(shares, exact, strict=True))


@pytest.mark.parametrize("fault", ["cent", "allergen"])
def test_a_fault_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dish = Dish(id=1, name="dish 1", family="stew", is_hot=True)
    portion = Portion(id=11, dish=dish, dish_id=1, price_cents=1000, vat_bp=1000)
    option = DishOption(
        id=1, name="sauce", price_cents=0, extra_portions=0, contains="mustard", may_contain="",
        is_vegetarian=True,
    )  # fmt: skip
    choice = Choice((option,), "s7_11-1_11-1", 0, "formula", 900)
    first, second = BasketLine(portion, 1, choice), BasketLine(portion, 1, replace(choice, part=1))
    basket = Basket((first, second))
    assert broken(basket, 1800) == []
    if fault == "cent":
        dear = BasketLine(portion, 1, replace(choice, part=1, price_cents=901))
        assert broken(Basket((first, dear)), 1800) == ["set menus"]
    else:
        monkeypatch.setattr("locomotive.ordering.request.with_options", lambda inside, _o: inside)
        assert broken(basket, 1800) == ["labels"]
