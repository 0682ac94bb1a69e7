"""Stand-in."""
from flask import Blueprint
room = Blueprint("ordering", __name__)
