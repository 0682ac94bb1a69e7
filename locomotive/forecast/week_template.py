"""Week template: the menus of a week kept under a name, to be laid onto a coming week."""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..choices.set_menu import SetMenu, SetMenuDraft, save_set_menus, set_menus_of
from ..core.base import Base, Cents, Key, Words
from ..core.refusal import N_, Invalid
from ..menu.dish import Dish
from ..menu.menu import Menu, menus_between, offered, start_menu
from ..service.service import closed_days
from .outlook import WEEK

LONGEST_NAME = 60


class WeekTemplate(Base):
    """A week's menus under a name; what is laid of it onto a week is then that week's own."""

    __tablename__ = "week_template"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), unique=True)
    dishes: Mapped[list["TemplateDish"]] = relationship(
        cascade="all, delete-orphan", order_by="TemplateDish.weekday, TemplateDish.dish_id"
    )
    set_menus: Mapped[list["TemplateSetMenu"]] = relationship(
        cascade="all, delete-orphan", order_by="TemplateSetMenu.id"
    )

    @property
    def weekdays(self) -> dict[int, list["TemplateDish"]]:
        """The dishes of each day that has some; 0 is Monday."""
        days: dict[int, list[TemplateDish]] = {}
        for one in self.dishes:
            days.setdefault(one.weekday, []).append(one)
        return days


class TemplateDish(Base):
    """How many portions of a dish one day of the week offers."""

    __tablename__ = "week_template_dish"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("portions > 0", name="portions"),
    )

    template_id: Mapped[int] = mapped_column(ForeignKey("week_template.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    dish_id: Mapped[int] = mapped_column(ForeignKey("dish.id"), primary_key=True)
    portions: Mapped[int]
    dish: Mapped[Dish] = relationship(lazy="joined", innerjoin=True)


class TemplateSetMenu(Base):
    """A set menu of one day of the week."""

    __tablename__ = "week_template_set_menu"

    id: Mapped[Key]
    template_id: Mapped[int] = mapped_column(ForeignKey("week_template.id"), index=True)
    weekday: Mapped[int]
    name: Mapped[Words]
    price_cents: Mapped[Cents]
    courses: Mapped[str] = mapped_column(Text)  # JSON, [[name, [dish id, …]], …]

    @property
    def draft(self) -> SetMenuDraft:
        courses = tuple((name, tuple(dish_ids)) for name, dish_ids in json.loads(self.courses))
        return SetMenuDraft(self.name, self.price_cents, courses)


class WeekNameTaken(Invalid):
    message = N_("Another week template has this name already. Choose another name.")


class WeekEmpty(Invalid):
    message = N_("This week has no menu. Choose a week that has one.")


def week_templates(session: Session) -> list[WeekTemplate]:
    """All week templates, by name."""
    return list(session.scalars(select(WeekTemplate).order_by(WeekTemplate.name)))


def weeks_with_menus(session: Session, mondays: Iterable[date]) -> list[date]:
    """Those of some weeks of which a day offers something."""
    return [monday for monday in mondays if any(_numbers_of(session, monday).values())]


def keep_week(session: Session, monday: date, name: str) -> WeekTemplate:
    """Keep the menus of a week, published or not, with their portions and set menus.

    Raises WeekNameTaken, WeekEmpty.
    """
    if name.casefold() in {known.name.casefold() for known in week_templates(session)}:
        raise WeekNameTaken(field="name")
    numbers = _numbers_of(session, monday)
    if not any(numbers.values()):
        raise WeekEmpty(field="week")
    kept = WeekTemplate(name=name)
    for day, dishes in numbers.items():
        weekday = day.weekday()
        kept.dishes += [
            TemplateDish(weekday=weekday, dish_id=dish_id, portions=number)
            for dish_id, number in dishes.items()
        ]
        kept.set_menus += [_kept_set_menu(weekday, one) for one in set_menus_of(session, day)]
    session.add(kept)
    session.flush()
    return kept


def lay_week(
    session: Session, template: WeekTemplate, monday: date, *, today: date, now: datetime
) -> list[date]:
    """Start the menus of a week from a template, unpublished and at today's prices; their days.

    Days that are over, closed, or have a menu already stay as they are.
    """
    closed = {one.date for one in closed_days(session, monday)}
    laid = []
    for weekday, dishes in template.weekdays.items():
        day = monday + timedelta(days=weekday)
        if day < today or day in closed:
            continue
        numbers = {one.dish_id: one.portions for one in dishes}
        if start_menu(session, day, numbers, now=now):
            drafts = [one.draft for one in template.set_menus if one.weekday == weekday]
            save_set_menus(session, day, drafts)
            laid.append(day)
    return laid


def _numbers_of(session: Session, monday: date) -> dict[date, dict[int, int]]:
    menus = menus_between(session, monday, monday + WEEK - timedelta(days=1))
    return {day: _offers(session, menus[day]) for day in sorted(menus)}


def _offers(session: Session, menu: Menu) -> dict[int, int]:
    return {dish_id: number for dish_id, number in offered(session, menu).items() if number > 0}


def _kept_set_menu(weekday: int, known: SetMenu) -> TemplateSetMenu:
    courses = [[course.name, course.dish_ids] for course in known.courses]
    return TemplateSetMenu(
        weekday=weekday,
        name=known.name,
        price_cents=known.price_cents,
        courses=json.dumps(courses),
    )
