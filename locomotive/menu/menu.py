"""Menu and portions: what is on offer on one day, and how many are left."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    String,
    UniqueConstraint,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from ..core.base import Base, Cents, Day, Key, Words, guarded, insert_once
from ..core.refusal import N_, Invalid, Refusal
from .dish import Dish, place_on_menu, save_dish
from .recipe import Recipe, check_known, contents_of
from .voice import spoken_file

MAXIMUM_PORTIONS = 1000
MAXIMUM_QUANTITY = 50


class Menu(Base):
    """What can be ordered on one day; nobody sees it before it is published."""

    __tablename__ = "menu"

    id: Mapped[Key]
    date: Mapped[Day] = mapped_column(unique=True)
    published_at: Mapped[datetime | None]
    portions: Mapped[list["Portion"]] = relationship(
        back_populates="menu", order_by="Portion.position, Portion.id", lazy="selectin"
    )


class Portion(Base):
    """A dish as it is sold on one menu: price and VAT of that day, portions left."""

    __tablename__ = "portion"
    __table_args__ = (
        UniqueConstraint("menu_id", "dish_id"),
        CheckConstraint("remaining >= 0", name="remaining"),
        CheckConstraint("initial >= 0", name="initial"),
    )

    id: Mapped[Key]
    menu_id: Mapped[int] = mapped_column(ForeignKey("menu.id"), index=True)
    dish_id: Mapped[int] = mapped_column(ForeignKey("dish.id"))
    position: Mapped[int]
    initial: Mapped[int]
    remaining: Mapped[int]
    price_cents: Mapped[Cents]
    vat_bp: Mapped[int]
    # Why customers cannot order it for now ("allergens", "meat", "recall"); "" when they can.
    stopped_because: Mapped[str] = mapped_column(String(20), default="", server_default="")
    # The countries of its meat by the lots in use, as codes; None: nobody has looked.
    meats: Mapped[str | None] = mapped_column(String(300))
    menu: Mapped[Menu] = relationship(back_populates="portions")
    dish: Mapped[Dish] = relationship(lazy="joined", innerjoin=True)


class PortionCorrection(Base):
    """A change of the number of portions after publication, always a delta with its reason."""

    __tablename__ = "portion_correction"

    id: Mapped[Key]
    portion_id: Mapped[int] = mapped_column(ForeignKey("portion.id"), index=True)
    delta: Mapped[int]
    reason: Mapped[Words]
    at: Mapped[datetime]


class SoldOut(Refusal):
    message = N_("%(dish)s: only %(left)s left. Change the quantity or choose another dish.")


class OffSale(SoldOut):
    message = N_("%(dish)s cannot be ordered at the moment. Choose another dish.")


class MenuUnpublishable(Refusal):
    message = N_("The menu has no dish. Give at least one dish a number of portions.")


class AllergensUnknown(Refusal):
    message = N_("%(dish)s: say which allergens it contains before you publish it.")


class TooManyPortions(Invalid):
    message = N_("Portions must lie between 0 and %(maximum)s.")


class PortionsPromised(Refusal):
    message = N_("Portions of %(dish)s ordered already: %(sold)s. You cannot go below that.")


class DishOnMenu(Invalid):
    message = N_(
        "This dish is on the published menu of %(day)s: its allergens must stay known. "
        "Withdraw that menu first."
    )


def menu_of(session: Session, day: date) -> Menu | None:
    """The menu of a day, published or not."""
    return session.scalar(select(Menu).where(Menu.date == day))


def load_portions(session: Session, menu: Menu) -> None:
    """Read a menu's portions with their dishes in one query; what is in the dishes waits."""
    found = session.scalars(
        select(Portion)
        .options(joinedload(Portion.dish, innerjoin=True).lazyload(Dish.allergens))
        .where(Portion.menu_id == menu.id)
        .order_by(Portion.position, Portion.id)
    )
    set_committed_value(menu, "portions", list(found))


def count_left(session: Session, menu_id: int) -> list[tuple[int, int]]:
    """Portion id and how many are left, of each portion of a menu."""
    return [(id_, left) for id_, left in session.execute(_LEFT, {"menu_id": menu_id})]


# Built once: every visitor of a menu passes here.
_LEFT = (
    select(Portion.id, Portion.remaining)
    .where(Portion.menu_id == bindparam("menu_id"))
    .order_by(Portion.id)
)


class Picture(NamedTuple):
    """How a dish is shown and heard; photo and voice are file names."""

    name: str
    family: str
    photo: str | None
    voice: str | None


def pictures_of(session: Session, day: date) -> dict[int, Picture]:
    """Portion id → how its dish is shown."""
    rows = session.execute(
        select(Portion.id, Dish.name, Dish.family, Dish.photo, Dish.voice, Dish.spoken)
        .join(Dish, Dish.id == Portion.dish_id)
        .join(Menu, Menu.id == Portion.menu_id)
        .where(Menu.date == day)
    )
    return {
        # A dish that was renamed has no spoken name until the program has said the new one.
        i: Picture(name, family, photo, voice or (spoken if spoken == spoken_file(name) else None))
        for i, name, family, photo, voice, spoken in rows
    }


def keeping_of(session: Session, day: date) -> dict[int, str]:
    """Portion id → how its dish is kept and heated, where somebody has said it."""
    rows = session.execute(
        select(Portion.id, Dish.keeping)
        .join(Dish, Dish.id == Portion.dish_id)
        .join(Menu, Menu.id == Portion.menu_id)
        .where(Menu.date == day, Dish.keeping != "")
    )
    return dict(iter(rows))


def menus_between(session: Session, first: date, last: date) -> dict[date, Menu]:
    """The menus of some days by their day."""
    found = session.scalars(select(Menu).where(Menu.date.between(first, last)))
    return {menu.date: menu for menu in found}


def offered(session: Session, menu: Menu | None) -> dict[int, int]:
    """How many portions of each dish (by its id) the menu offers, sold ones included."""
    if menu is None:
        return {}
    corrected = _corrections(session, menu)
    return {p.dish_id: p.initial + corrected.get(p.id, 0) for p in menu.portions}


def _corrections(session: Session, menu: Menu) -> dict[int, int]:
    rows = session.execute(
        select(PortionCorrection.portion_id, func.sum(PortionCorrection.delta))
        .join(Portion, Portion.id == PortionCorrection.portion_id)
        .where(Portion.menu_id == menu.id)
        .group_by(PortionCorrection.portion_id)
    )
    return {portion_id: int(total) for portion_id, total in rows}


def set_portions(session: Session, day: date, portions: dict[int, int], *, now: datetime) -> Menu:
    """Say how many portions of which dishes (dish id → number) the day's menu offers.

    What changes after the first time is written as a correction; orders already taken stand.
    Raises TooManyPortions, PortionsPromised, and AllergensUnknown or IngredientUnknown when the
    menu is out already.
    """
    menu = _locked_menu(session, day)
    current = {p.dish_id: p for p in menu.portions}
    for dish_id, number in portions.items():
        if not 0 <= number <= MAXIMUM_PORTIONS:
            raise TooManyPortions(field=f"portions-{dish_id}", maximum=MAXIMUM_PORTIONS)
        if dish_id in current:
            correct_portions(session, current[dish_id], to=number, reason="menu", now=now)
        elif number:
            menu.portions.append(_new_portion(session.get_one(Dish, dish_id), number))
        if number and menu.published_at:
            _check_allergens(session, session.get_one(Dish, dish_id), day)
    session.flush()
    return menu


def copy_menu(session: Session, source: date, day: date, *, now: datetime) -> bool:
    """Offer on a day what was offered on another one; see `start_menu`."""
    return start_menu(session, day, offered(session, menu_of(session, source)), now=now)


def start_menu(session: Session, day: date, numbers: Mapping[int, int], *, now: datetime) -> bool:
    """Write a day's first menu (dish id → portions) without dishes that were put away, unpublished
    and at today's prices; whether something was written. A day with a menu stays as it is."""
    here = _locked_menu(session, day)
    if here.published_at is not None or any(offered(session, here).values()):
        return False
    kept = {d: n for d, n in numbers.items() if n and not session.get_one(Dish, d).is_archived}
    set_portions(session, day, kept, now=now)
    return bool(kept)


def last_menu(session: Session, day: date) -> date | None:
    """The latest day before that has dishes."""
    query = select(func.max(Menu.date)).join(Portion).where(Menu.date < day, Portion.initial > 0)
    return session.scalar(query)


def _locked_menu(session: Session, day: date) -> Menu:
    # Locked, so that two managers correct one after the other (SQLite has one writer anyway).
    insert_once(session, Menu, {"date": day}, unique=["date"])
    return session.scalars(select(Menu).where(Menu.date == day).with_for_update()).one()


def _new_portion(dish: Dish, number: int) -> Portion:
    return Portion(
        dish=dish,
        position=place_on_menu(dish.family),
        initial=number,
        remaining=number,
        price_cents=dish.price_cents,
        vat_bp=dish.vat_bp,
    )


def _check_allergens(session: Session, dish: Dish, day: date) -> None:
    contents = contents_of(session, [dish], day)[dish.id]
    check_known(dish, contents, field=f"portions-{dish.id}")
    if not contents.has_recipe and not dish.allergens_are_known:
        raise AllergensUnknown(dish=dish.name, field=f"portions-{dish.id}")


def correct_portions(
    session: Session, portion: Portion, *, to: int, reason: str, now: datetime
) -> None:
    """Bring the number offered to `to` by a delta. Raises PortionsPromised."""
    offered_now = portion.initial + sum(
        session.scalars(
            select(PortionCorrection.delta).where(PortionCorrection.portion_id == portion.id)
        )
    )
    delta = to - offered_now
    if delta == 0:
        return
    changed = guarded(
        session,
        update(Portion)
        .where(Portion.id == portion.id, Portion.remaining + delta >= 0)
        .values(remaining=Portion.remaining + delta),
    )
    if not changed:
        session.refresh(portion)
        raise PortionsPromised(
            dish=portion.dish.name,
            sold=offered_now - portion.remaining,
            field=f"portions-{portion.dish_id}",
        )
    session.add(PortionCorrection(portion_id=portion.id, delta=delta, reason=reason, at=now))
    session.flush()
    session.refresh(portion)


def lose_portions(
    session: Session, portion_id: int, number: int, *, reason: str, now: datetime
) -> None:
    """Take portions off the sale that the kitchen does not have. Raises PortionsPromised."""
    lost = guarded(
        session,
        update(Portion)
        .where(Portion.id == portion_id, Portion.remaining >= number)
        .values(remaining=Portion.remaining - number),
    )
    portion = session.get_one(Portion, portion_id, populate_existing=True)
    if not lost:
        sold = portion.initial - portion.remaining
        raise PortionsPromised(dish=portion.dish.name, sold=sold, field="missing")
    session.add(PortionCorrection(portion_id=portion_id, delta=-number, reason=reason, at=now))
    session.flush()


def publish(session: Session, menu: Menu, *, now: datetime) -> None:
    """Show the menu to customers, at the prices that its dishes have now.

    Raises MenuUnpublishable, AllergensUnknown, IngredientUnknown.
    """
    if menu.published_at is not None:
        return
    numbers = offered(session, menu)
    if not any(numbers.values()):
        raise MenuUnpublishable
    for portion in menu.portions:
        if numbers[portion.dish_id]:
            _check_allergens(session, portion.dish, menu.date)
            portion.price_cents, portion.vat_bp = portion.dish.price_cents, portion.dish.vat_bp
    menu.published_at = now


def change_dish(session: Session, dish: Dish, *, allergens: dict[str, str], today: date) -> None:
    """Write a dish as `save_dish` does; one that customers can order keeps known allergens.

    Raises DishNameTaken, DishOnMenu.
    """
    save_dish(session, dish, allergens=allergens)
    has_recipe = session.scalar(select(Recipe.id).where(Recipe.dish_id == dish.id))
    if dish.allergens_are_known or has_recipe is not None:
        return
    on_menu = session.scalar(
        select(Menu.date)
        .join(Portion)
        .where(Portion.dish_id == dish.id, Menu.published_at.isnot(None), Menu.date >= today)
        .limit(1)
    )
    if on_menu is not None:
        raise DishOnMenu(field="the_rest_is_no", day=on_menu)


def withdraw(menu: Menu) -> None:
    """Hide the menu again; orders already taken stand."""
    menu.published_at = None


def take_portions(session: Session, quantities: dict[int, int]) -> None:
    """Take portions (portion id → number) by guarded updates, in id order. Raises SoldOut,
    OffSale."""
    for portion_id, quantity in sorted(quantities.items()):
        taken = guarded(
            session,
            update(Portion)
            .where(
                Portion.id == portion_id,
                Portion.remaining >= quantity,
                Portion.stopped_because == "",
            )
            .values(remaining=Portion.remaining - quantity),
        )
        if not taken:
            portion = session.get_one(Portion, portion_id, populate_existing=True)
            if portion.stopped_because:
                raise OffSale(dish=portion.dish.name, portion_id=portion_id)
            raise SoldOut(dish=portion.dish.name, left=portion.remaining, portion_id=portion_id)


def give_back_portions(session: Session, quantities: dict[int, int]) -> None:
    """Give portions back (portion id → number), in id order."""
    for portion_id, quantity in sorted(quantities.items()):
        session.execute(
            update(Portion)
            .where(Portion.id == portion_id)
            .values(remaining=Portion.remaining + quantity)
            .execution_options(synchronize_session=False)
        )
