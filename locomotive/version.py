"""The version of the application: the first heading of the changelog."""

import re
from importlib.metadata import version
from pathlib import Path

CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"


def read_version() -> str:
    """The latest version, such as "0.1.0"; an installed wheel carries it without a changelog."""
    if not CHANGELOG.exists():
        return version("la-locomotive")
    found = re.search(r"^## (\d+\.\d+\.\d+)", CHANGELOG.read_text(), re.M)
    if found is None:
        raise ValueError("CHANGELOG.md holds no heading such as '## 1.2.3'")
    return found[1]


VERSION = read_version()
