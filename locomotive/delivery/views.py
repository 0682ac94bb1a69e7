"""Stand-in."""
from flask import Blueprint
room = Blueprint("delivery", __name__)
