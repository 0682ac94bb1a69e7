"""Requests a second, p99 and memory of the served application.

Run by hand from the root, with Debian's `wrk` installed:

    .venv/bin/python -m tests.benchmarks.web

Client and server share the machine's cores. Prints a Markdown table with its conditions.
"""

from __future__ import annotations

import gzip
import os
import platform
import re
import subprocess
import sys
import tempfile
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from tests.load.house import Customer, House, new_house, served

SECONDS = 15
CLIENTS = 32
ORDER = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.headers["Cookie"] = "{cookie}"
local thread_count = 0
function setup(thread) thread:set("id", thread_count); thread_count = thread_count + 1 end
local n = 0
function request()
  n = n + 1
  local key = string.format("{run}%04d%020d", id, n)
  return wrk.format(nil, "/order", nil, "{form}&key=" .. key)
end

"""


def wrk(url: str, script: str = "") -> dict[str, str]:
    """Run wrk and return what it says of rate and latencies."""
    command = ["wrk", "-t2", f"-c{CLIENTS}", f"-d{SECONDS}s", "--latency"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        if script:
            file.write(script)
            file.flush()
            command += ["-s", file.name]
        said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    found = {"rate": re.search(r"Requests/sec:\s+([\d.]+)", said)}
    found |= {"p50": re.search(r"50%\s+(\S+)", said), "p99": re.search(r"99%\s+(\S+)", said)}
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return {k: v[1] if v else "?" for k, v in found.items()} | {
        "errors": wrong[1] if wrong else "0"
    }


def order_script(port: int, house: House, run: str) -> str:
    """The wrk script that sends complete checkouts, each with a key of its own."""
    buyer = Customer(port, house)
    buyer.fill_basket()
    cookie = "; ".join(f"{name}={value}" for name, value in buyer.cookies.items())
    form = (
        f"csrf_token={buyer.csrf}&day={house.day}&kind=take-away&slot={house.slot_id}"
        "&place=&address=&access_note=&first_name=Samira&phone=0612345678&email="
        + "".join(f"&shown={text}" for text in buyer.shown)
    )
    return (ORDER.replace("{cookie}", cookie).replace("{form}", form.replace("%", "%%"))).replace(
        "{run}", run
    )


def memory(port: int) -> list[int]:
    """Resident megabytes of each gunicorn worker that listens on the port, largest first."""
    pids = subprocess.run(
        ["pgrep", "-f", f"gunicorn --bind 127.0.0.1:{port}"], capture_output=True, text=True
    ).stdout.split()
    sizes = []
    for pid in pids:
        status = Path(f"/proc/{pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        if found:
            sizes.append(int(found[1]) // 1024)
    return sorted(sizes, reverse=True)


def worker_memory(house: House) -> int:
    """Resident megabytes of a process that has loaded the application as the worker does."""
    code = (
        "import re, wsgi; from huey.consumer import Consumer;"
        "print(re.search(r'VmRSS:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    )
    environ = {**os.environ, "LOCOMOTIVE_INSTANCE": str(house.folder)}
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ
    )
    return int(said.stdout) // 1024


def compressed_page(port: int, path: str) -> int:
    """Bytes of a page with its styles, scripts and fonts, each compressed as nginx would."""
    base = f"http://127.0.0.1:{port}"
    with urllib.request.urlopen(base + path) as answer:
        page = answer.read().decode()
    total = len(gzip.compress(page.encode()))
    parts = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:css|js))"', page))
    parts |= {"/static/fonts/" + p.name for p in Path("locomotive/static/fonts").glob("*.woff2")}
    for part in parts:
        with urllib.request.urlopen(base + part) as answer:
            total += len(gzip.compress(answer.read()))
    return total


def main() -> None:
    """Measure and print the table."""
    folder = Path(tempfile.mkdtemp())
    house = new_house(folder, f"sqlite:///{folder / 'lunch.db'}", portions=1_000_000)
    rows = []
    with served(house, workers=2, threads=8) as port:
        url = f"http://127.0.0.1:{port}"
        wrk_menu = wrk(f"{url}/menu/{house.day}")
        rows.append(("menu page", wrk_menu))
        rows.append(
            ("complete order (one POST)", wrk(f"{url}/order", order_script(port, house, "a" * 8)))
        )
        sizes = memory(port)
        weight = compressed_page(port, f"/menu/{house.day}")
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.python_version()}, {os.cpu_count()} cores shared "
        f"by wrk and gunicorn 2×8, SQLite with synchronous=FULL, "
        f"{CLIENTS} clients, {SECONDS} s each\n"
    )
    print("| work | requests/s | p50 | p99 | errors |\n|---|---|---|---|---|")
    for name, read in rows:
        print(f"| {name} | {read['rate']} | {read['p50']} | {read['p99']} | {read['errors']} |")
    print(f"\nResident memory: gunicorn's processes {sizes} MB, worker {worker_memory(house)} MB.")
    print(f"Menu page with styles, scripts and fonts, compressed: {weight / 1000:.1f} kB.")
    print(
        f"Orders written: {house.orders()}; counters that do not add up: {house.wrong_counters()}"
    )


if __name__ == "__main__":
    main()
