"""Stand-in."""
from flask import Blueprint
room = Blueprint("kitchen", __name__)
