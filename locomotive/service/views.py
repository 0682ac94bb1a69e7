"""Stand-in."""
from flask import Blueprint
room = Blueprint("service", __name__)
