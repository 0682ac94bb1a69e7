"""What poster, feeds and weekly mail tell of the set menus of a day."""

from flask_babel import gettext as _

from ..choices.choice_page import SetMenuShown
from ..core.clock import clock
from ..core.db import db
from ..origins.facts import day_facts
from ..shop.menu_page import set_menus_shown
from ..shop.offer import Lunch


def told_set_menus(lunch: Lunch) -> list[SetMenuShown]:
    """The set menus of a day that have a dish on its menu for each course, sold out or not."""
    facts = day_facts(db.session(), lunch.date, today=clock.today())
    shown = set_menus_shown(lunch, facts)
    return [one for one in shown if all(picks for _name, picks in one.courses)]


def course_words(set_menu: SetMenuShown) -> str:
    """The courses of a set menu with their dishes: "Main dish: stew or salad · Dessert: flan"."""
    courses = [
        _("%(course)s: %(dishes)s", course=name, dishes=_(" or ").join(pick.name for pick in picks))
        for name, picks in set_menu.courses
    ]
    return " · ".join(courses)
