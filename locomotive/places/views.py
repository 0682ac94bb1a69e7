"""Stand-in."""
from flask import Blueprint
room = Blueprint("places", __name__)
