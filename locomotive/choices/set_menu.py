"""Set menu: several dishes of one day's menu for one price, each course chosen among some."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Cents, Key, Words
from ..core.refusal import N_, Invalid
from ..menu.menu import Menu, menu_of

MOST_COURSES = 4


class SetMenu(Base):
    """A set menu of one day; customers see it once that day's menu is published, until it is
    ended. Orders keep its name and price."""

    __tablename__ = "set_menu"
    __table_args__ = (CheckConstraint("price_cents >= 0", name="price"),)

    id: Mapped[Key]
    menu_id: Mapped[int] = mapped_column(ForeignKey("menu.id"), index=True)
    name: Mapped[Words]
    price_cents: Mapped[Cents]
    is_ended: Mapped[bool] = mapped_column(default=False)
    menu: Mapped[Menu] = relationship()
    courses: Mapped[list["Course"]] = relationship(
        cascade="all, delete-orphan", order_by="Course.id", lazy="selectin"
    )

    @property
    def facts(self) -> "SetMenuFacts":
        courses = tuple((course.name, tuple(course.dish_ids)) for course in self.courses)
        return SetMenuFacts(self.id, self.name, self.price_cents, courses)


class Course(Base):
    """One choice of a set menu, such as the main dish: one of its dishes is taken."""

    __tablename__ = "set_menu_course"

    id: Mapped[Key]
    set_menu_id: Mapped[int] = mapped_column(ForeignKey("set_menu.id"), index=True)
    name: Mapped[Words]
    dishes: Mapped[list["CourseDish"]] = relationship(
        cascade="all, delete-orphan", order_by="CourseDish.dish_id", lazy="selectin"
    )

    @property
    def dish_ids(self) -> list[int]:
        return [one.dish_id for one in self.dishes]


class CourseDish(Base):
    """One dish that may be taken in a course."""

    __tablename__ = "set_menu_dish"

    course_id: Mapped[int] = mapped_column(ForeignKey("set_menu_course.id"), primary_key=True)
    dish_id: Mapped[int] = mapped_column(ForeignKey("dish.id"), primary_key=True)


@dataclass(frozen=True)
class SetMenuFacts:
    """What may be said of one set menu; courses are (name, dish ids)."""

    id: int
    name: str
    price_cents: int
    courses: tuple[tuple[str, tuple[int, ...]], ...]


class SetMenuNameTaken(Invalid):
    message = N_("Another set menu of that day has this name already. Choose another name.")


class CoursesTooFew(Invalid):
    message = N_("A set menu has two courses at least. Name a second one and tick its dishes.")


class CourseEmpty(Invalid):
    message = N_("Tick at least one dish for this course, or leave its name empty.")


class CourseNameless(Invalid):
    message = N_("Name this course, such as: main dish. Or untick its dishes.")


class DishNotOnMenu(Invalid):
    message = N_("A dish of this course is not on the menu of that day. Give it portions first.")


@dataclass(frozen=True)
class SetMenuDraft:
    """A set menu as the office asks for it; courses are (name, dish ids)."""

    name: str
    price_cents: int
    courses: tuple[tuple[str, tuple[int, ...]], ...]


def set_menus_of(session: Session, day: date) -> list[SetMenu]:
    """The set menus of a day that are not ended."""
    query = select(SetMenu).join(Menu).where(Menu.date == day, SetMenu.is_ended.is_(False))
    return list(session.scalars(query.order_by(SetMenu.id)))


def save_set_menu(
    session: Session, menu: Menu, draft: SetMenuDraft, *, known: SetMenu | None = None
) -> SetMenu:
    """Write a set menu of a day, or what becomes of a `known` one; orders keep what they chose.

    Raises SetMenuNameTaken, CoursesTooFew, CourseEmpty, CourseNameless, DishNotOnMenu.
    """
    others = [one for one in set_menus_of(session, menu.date) if one is not known]
    if draft.name.casefold() in {other.name.casefold() for other in others}:
        raise SetMenuNameTaken(field="name")
    courses = _checked(menu, draft)
    made = known or SetMenu(menu_id=menu.id)
    made.name, made.price_cents = draft.name, draft.price_cents
    if [(c.name, tuple(c.dish_ids)) for c in made.courses] != courses:
        made.courses = [
            Course(name=name, dishes=[CourseDish(dish_id=dish_id) for dish_id in dish_ids])
            for name, dish_ids in courses
        ]
    session.add(made)
    session.flush()
    return made


def _checked(menu: Menu, draft: SetMenuDraft) -> list[tuple[str, tuple[int, ...]]]:
    on_menu = {portion.dish_id for portion in menu.portions}
    courses = []
    for place, (name, dish_ids) in enumerate(draft.courses):
        if name and not dish_ids:
            raise CourseEmpty(field=f"dishes-{place}")
        if dish_ids and not name:
            raise CourseNameless(field=f"course-{place}")
        if not on_menu.issuperset(dish_ids):
            raise DishNotOnMenu(field=f"dishes-{place}")
        if name:
            courses.append((name, tuple(sorted(dish_ids))))
    if len(courses) < 2:
        raise CoursesTooFew(field=f"course-{min(len(courses), 1)}")
    return courses


def copy_set_menus(session: Session, source: date, day: date) -> int:
    """Offer on a day the set menus of another one; see `save_set_menus`."""
    known = [one.facts for one in set_menus_of(session, source)]
    drafts = [SetMenuDraft(facts.name, facts.price_cents, facts.courses) for facts in known]
    return save_set_menus(session, day, drafts)


def save_set_menus(session: Session, day: date, drafts: Iterable[SetMenuDraft]) -> int:
    """Write the set menus of a day that has none, as far as its dishes are on the menu; how many.
    A course that has lost all its dishes takes its set menu with it."""
    menu = menu_of(session, day)
    if menu is None or set_menus_of(session, day):
        return 0
    here = {portion.dish_id for portion in menu.portions}
    saved = 0
    for draft in drafts:
        courses = [(name, tuple(d for d in ids if d in here)) for name, ids in draft.courses]
        if all(dish_ids for _name, dish_ids in courses):
            save_set_menu(session, menu, replace(draft, courses=tuple(courses)))
            saved += 1
    return saved


def split_price(price_cents: int, alone: Sequence[int]) -> list[int]:
    """The parts of a set menu's price, in proportion of what its dishes cost `alone` (cents, VAT
    included); the cents that are left go to the largest remainders, the first of equals first.

    Where one price covers supplies of several rates of VAT, the seller splits it "in a simple and
    economically realistic way", else all of it bears the highest rate (CGI art. 268 bis; tax
    bulletin of 10 February 2012, 37-38, which names the prices à la carte as the measure).
    """
    weights = list(alone) if any(alone) else [1] * len(alone)
    whole = sum(weights)
    shares = [price_cents * weight // whole for weight in weights]
    rests = [price_cents * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-rests[place], place))
    for place in order[: price_cents - sum(shares)]:
        shares[place] += 1
    return shares
