"""The command `locomotive` of an installed wheel."""

import os

from flask.cli import FlaskGroup

PROGRAM = "locomotive:served"


def main() -> None:
    """Run `locomotive COMMAND`, the same commands as `flask --app wsgi COMMAND`."""
    os.environ["FLASK_APP"] = PROGRAM
    FlaskGroup(add_default_commands=False, add_version_option=False).main(prog_name="locomotive")
