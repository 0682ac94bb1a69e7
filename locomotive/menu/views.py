"""Stand-in."""
from flask import Blueprint
room = Blueprint("menu", __name__)
