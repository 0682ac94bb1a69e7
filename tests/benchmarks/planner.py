"""The planner's tables: quality, speed and memory, beside PyVRP and VROOM on the same machine.

    python tests/benchmarks/planner.py [TABLE …] [--instances DIR] [--out FILE] [--cache FILE]

Tables: lunch, busy, mtvrptwr10, mtvrptwr60, solomon, large, fits, memory, vroom. PyVRP, whose
vehicles that are alike are one type, and pyvroom are installed into a folder of their own when a
table needs them; the product never depends on them.
Every figure goes to the cache file at once (JSON): a table that was broken off goes on from there.
Seconds are wall time of one process with all its threads; each pair is run in turn.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

ROOT = Path(__file__).parents[2]
INSTANCES = ROOT.parent / "shared" / "data" / "planner"
PEERS = {"pyvrp": "pyvrp==0.14.1", "vroom": "pyvroom"}
REFERENCE_SECONDS = 300
BESIDE = 10  # seconds up to which a peer runs beside

# What runs in a process of its own: it prints one JSON object.
SOLVE = """
import json, resource, sys, time
from routing import Problem, solve, violations
problem = Problem.from_json(json.load(open(sys.argv[1])))
trace = []
plan = solve(problem, time_limit=float(sys.argv[2]), on_progress=trace.append)
stops = len(problem.stops)
first = lambda test: next((round(p.elapsed, 2) for p in trace if test(p)), None)
print(json.dumps({
    "status": plan.status, "unserved": plan.unserved_priority, "cost": plan.cost,
    "bound": [plan.bound.unserved_priority, plan.bound.cost], "seconds": plan.seconds,
    "full": first(lambda p: p.served == stops),
    "served_proven": first(lambda p: p.bound.unserved_priority == plan.unserved_priority),
    "violations": len(violations(problem, plan)),
    "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
}))
"""

PYVRP = """
import json, resource, sys
from collections import Counter
sys.path.insert(0, sys.argv[3])
import pyvrp
from pyvrp.stop import MaxRuntime
data = json.load(open(sys.argv[1]))
model = pyvrp.Model()
locations = [model.add_location(0, 0) for _ in data["durations"]]
begin, end = data["depot"]["time_window"]
depot = model.add_depot(locations[0], tw_early=begin, tw_late=end)
distance = data["objective"] == "distance"
alike = Counter((tuple(v["capacity"]), *v["shift"], v["max_trips"]) for v in data["vehicles"])
for (capacity, early, late, trips), count in alike.items():
    model.add_vehicle_type(count, list(capacity), depot, depot, tw_early=early, tw_late=late,
        unit_distance_cost=1, reload_depots=[] if trips == 1 else [depot])
for stop in data["stops"]:
    model.add_client(locations[stop["location"]], delivery=stop["delivery"],
        service_duration=stop["service_time"], tw_early=stop["time_window"][0],
        tw_late=stop["time_window"][1], release_time=stop["release_time"],
        required=not int(sys.argv[4]), prize=100000 * int(sys.argv[4]))
for i, row in enumerate(data["durations"]):
    for j, way in enumerate(row):
        cost = data["distances"][i][j] if distance else way
        model.add_edge(locations[i], locations[j], distance=cost, duration=way)
result = model.solve(stop=MaxRuntime(float(sys.argv[2])), display=False)
best = result.best
print(json.dumps({"feasible": best.is_feasible(), "cost": best.distance(),
    "unserved": len(data["stops"]) - best.num_clients(),
    "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
"""

VROOM = """
import json, sys, time
sys.path.insert(0, sys.argv[3])
import numpy, vroom
data = json.load(open(sys.argv[1]))
problem = vroom.Input()
problem.set_durations_matrix("car", numpy.array(data["durations"], dtype=numpy.uint32))
problem.add_vehicle([vroom.Vehicle(i + 1, start=0, end=0, capacity=v["capacity"],
    time_window=v["shift"]) for i, v in enumerate(data["vehicles"])])
problem.add_job([vroom.Job(i + 1, location=s["location"], delivery=s["delivery"],
    default_service=s["service_time"], time_windows=[s["time_window"]])
    for i, s in enumerate(data["stops"])])
began = time.monotonic()
solution = problem.solve(exploration_level=5, nb_threads=2)
print(json.dumps({"unserved": len(solution.unassigned), "cost": int(solution.summary.duration),
    "seconds": round(time.monotonic() - began, 2)}))
"""

FITS = """
import json, sys, time
from dataclasses import replace
import routing
from routing.search.loading import load
print(load(), file=sys.stderr)
problem = routing.Problem.from_json(json.load(open(sys.argv[1])))
plan = routing.solve(problem, time_limit=float(sys.argv[2]))
problem = replace(problem, stops=tuple(s for s in problem.stops if s.id in plan.served()))
promised = problem.stops[:40]
keep = {stop.id for stop in promised}
plan = routing.solve(replace(problem, stops=promised), time_limit=float(sys.argv[2]))
problem = replace(problem, stops=promised)
quarters = [(at, at + 900) for at in range(41400, 48600, 900)]
one, all_, yes = [], [], 0
for stop in promised:
    asked = replace(stop, id="new")
    for when in quarters:
        began = time.perf_counter()
        found = routing.fits(problem, plan, replace(asked, time_window=when))
        one.append(1000 * (time.perf_counter() - began))
        if found is not None:
            yes += 1
            whole = replace(problem, stops=(*problem.stops, replace(asked, time_window=when)))
            assert routing.violations(whole, found) == []
    all_.append(sum(one[-len(quarters):]))
at = lambda values, share: round(sorted(values)[min(len(values) - 1, int(len(values) * share))], 1)
print(json.dumps({"promised": len(plan.served()), "asked": len(one), "yes": yes,
    "fits": [at(one, .5), at(one, .99)], "windows": [at(all_, .5), at(all_, .99)],
    "heavy": [m for m in ("numpy", "numba", "ortools") if m in sys.modules]}))
"""

# Every refused window is asked again of the exact planner: what it serves was refused wrongly.
REFUSALS = """
import json, sys
from dataclasses import replace
import routing
from routing.search.loading import load
from routing.fits import with_stop
load()
from routing.replay import nothing_promised, read_arrivals
raw = json.load(open(sys.argv[1]))
problem = routing.Problem.from_json(raw)
plan, served = nothing_promised(problem), []
asked = refused = wrong = open_ = broken = 0
for arrival in read_arrivals(raw, problem):
    base = next(s for s in problem.stops if s.id == arrival.stop)
    for when in arrival.windows:
        asked += 1
        stop = replace(base, time_window=tuple(when))
        found = routing.fits(problem, plan, stop)
        if found is not None:
            problem, plan = with_stop(problem, stop)[0], found
            served.append(stop.id)
            broken += bool(routing.violations(problem, plan))
            break
        refused += 1
        only = [s for s in problem.stops if s.id in served]
        exact = routing.solve(replace(problem, stops=(*only, stop)), time_limit=float(sys.argv[2]))
        wrong += exact.unserved_priority == 0
        open_ += exact.unserved_priority > 0 and exact.bound.unserved_priority == 0
print(json.dumps({"asked": asked, "served": len(served), "refused": refused, "wrong": wrong,
    "open": open_, "broken": broken}))
"""


class Bench:
    """One run: the machine, the cache of figures, the folder of the peers."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.cache_file = Path(options.cache)
        self.cache: dict[str, Any] = {}
        if self.cache_file.exists():
            self.cache = json.loads(self.cache_file.read_text())
        self.folder = Path(options.peers)

    def run(self, key: str, code: str, *arguments: object) -> dict[str, Any]:
        """Run the code in a process of its own, or return what it said when it ran before."""
        if key not in self.cache:
            command = [sys.executable, "-c", code, *map(str, arguments)]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
            if done.returncode:
                raise SystemExit(f"{key}: {done.stderr.strip().splitlines()[-1:]}")
            self.cache[key] = json.loads(done.stdout.strip().splitlines()[-1])
            self.cache_file.write_text(json.dumps(self.cache, indent=1))
            print(f"{key}: {self.cache[key]}", file=sys.stderr, flush=True)
        return dict(self.cache[key])

    def solved(self, path: Path, seconds: float) -> dict[str, Any]:
        return self.run(f"{path.stem} {seconds:g} s", SOLVE, path, seconds)

    def reference(self, path: Path, shorter: dict[str, Any]) -> dict[str, Any]:
        """The plan of a long run; one that is proven best sooner is its own reference."""
        if shorter["status"] == "optimal" or self.options.no_reference:
            return shorter
        return self.solved(path, REFERENCE_SECONDS)

    def peer(self, name: str) -> Path:
        """Return the folder with the peer in it, installed when first asked for."""
        if not (self.folder / name).exists():
            target = ["--target", str(self.folder / name), PEERS[name]]
            subprocess.run([sys.executable, "-m", "pip", "install", "-q", *target], check=True)
        return self.folder / name

    def pyvrp(self, path: Path, seconds: float, *, optional: bool = False) -> dict[str, Any]:
        key = f"{path.stem} {seconds:g} s PyVRP"
        if key in self.cache:
            return dict(self.cache[key])
        return self.run(key, PYVRP, path, seconds, self.peer("pyvrp"), int(optional))

    def paths(self, kind: str) -> list[Path]:
        found = sorted((Path(self.options.instances) / kind).glob("*.json"), key=_by_size)
        if not found:
            print(f"No instances of {kind} here: that table is left out.", file=sys.stderr)
        return found


def _by_size(path: Path) -> tuple[int, str]:
    digits = path.stem.split("-n")[-1].split("-")[0]
    return (int(digits) if digits.isdigit() else 0, path.stem)


def table(head: list[str], rows: list[list[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def percent(value: float, best: float) -> str:
    return f"{100 * (value / best - 1):.2f} %" if best else "-"


def lunches(bench: Bench, kind: str) -> str:
    rows = []
    for path in bench.paths(kind):
        size = _by_size(path)[0]
        two = bench.solved(path, 2) if size > 30 else None
        five = bench.solved(path, 5)
        thirty = five if five["status"] == "optimal" else bench.solved(path, 30)
        best = bench.reference(path, thirty)
        proven = f"{thirty['seconds']:.2f} s" if thirty["status"] == "optimal" else "no"
        rows.append(
            [
                path.stem,
                f"{size - five['unserved']} of {size}",
                "-" if two is None else f"{size - two['unserved']}",
                f"{size - best['unserved']}",
                five["full"] or "-",
                percent(five["cost"], best["cost"])
                if five["unserved"] == best["unserved"]
                else "-",
                "-" if thirty["served_proven"] is None else f"{thirty['served_proven']} s",
                proven,
                f"{five['mb']} MB",
                five["violations"],
            ]
        )
    head = ["instance", "served at 5 s", "at 2 s", "reference", "all served after (s)"]
    head += ["above reference at 5 s", "number served proven after", "all proven after", "memory"]
    return f"### {kind}\n\n" + table([*head, "violations"], rows)


def mtvrptwr(bench: Bench, seconds: float) -> str:
    """Beside PyVRP at 10 s; alone for longer."""
    known = Path(bench.options.instances) / "mtvrptwr" / "best_known.csv"
    best = {r["name"]: int(r["distance"]) for r in csv.DictReader(known.open())}
    rows, ours, theirs, ahead = [], [], [], 0
    for path in bench.paths("mtvrptwr"):
        mine = bench.solved(path, seconds)
        ours.append(mine["cost"] / best[path.stem] - 1)
        row = [path.stem, best[path.stem], percent(mine["cost"], best[path.stem])]
        if seconds <= BESIDE:
            peer = bench.pyvrp(path, seconds)
            theirs.append(peer["cost"] / best[path.stem] - 1)
            ahead += mine["cost"] < peer["cost"]
            gap = percent(peer["cost"], best[path.stem])
            row.append(gap if peer["feasible"] else "infeasible")
        rows.append([*row, mine["unserved"], mine["violations"]])
    means = [f"{100 * mean(ours):.2f} %"]
    head = ["instance", "best known", "La Locomotive"]
    note = ""
    if theirs:
        means.append(f"{100 * mean(theirs):.2f} %")
        head.append("PyVRP 0.14.1")
        note = f"ahead on {ahead} of {len(ours)}"
    rows.append(["**mean**", "", *means, note, ""])
    return f"### MTVRPTWR, {seconds:g} s\n\n" + table([*head, "unserved", "violations"], rows)


def solomon(bench: Bench) -> str:
    """A hundred clients, one long trip for each vehicle, 10 s beside PyVRP."""
    rows = []
    for path in sorted((Path(bench.options.instances).parents[1] / "cases/solomon").glob("*.json")):
        mine, peer = bench.solved(path, BESIDE), bench.pyvrp(path, BESIDE)
        gap = percent(mine["cost"], peer["cost"])
        rows.append(
            [path.stem, mine["cost"], peer["cost"], gap, mine["unserved"], mine["violations"]]
        )
    head = ["instance", "La Locomotive", "PyVRP 0.14.1", "above it", "unserved", "violations"]
    return f"### One long trip each, {BESIDE} s\n\n" + table(head, rows)


def enlarged(stops: int, seed: int = 1) -> dict[str, Any]:
    """A lunch of so many stops in the manner of the shared ones, in a town that grows with it."""
    dice = random.Random(seed)
    reach = 2200 * (stops / 60) ** 0.25
    centres = [(dice.gauss(0, reach / 2), dice.gauss(0, reach / 2)) for _ in range(stops // 10 + 2)]
    points = [(0.0, 0.0)]
    while len(points) <= stops:
        x, y = dice.choice(centres)
        points.append((x + dice.gauss(0, 200), y + dice.gauss(0, 200)))
    ways = [
        [round(1.4 * ((a - c) ** 2 + (b - d) ** 2) ** 0.5) for c, d in points] for a, b in points
    ]
    vehicles = max(1, round(stops / 12))
    day = [38700, 52200]
    listed = []
    for number in range(1, stops + 1):
        opens = 41400 + 900 * dice.randrange(8)
        boxes = dice.choice([1, 1, 2, 2, 3, 4, 6])
        stop = {"id": f"s{number}", "location": number, "delivery": [boxes], "pickup": [0]}
        stop |= {"time_window": [opens, opens + 900], "service_time": 90 + 20 * boxes}
        listed.append(stop | {"release_time": opens - 1800, "freshness": None, "priority": 1})
    return {
        "name": f"n{stops}",
        "objective": "duration",
        "depot": {"time_window": day, "loading_time": 0, "loading_time_per_stop": 0},
        "vehicles": [
            {"id": f"T{v}", "capacity": [40], "shift": day, "max_trips": None, "max_distance": None}
            for v in range(vehicles)
        ],
        "stops": listed,
        "durations": [[round(way * 0.24) for way in row] for row in ways],
        "distances": ways,
        "locks": [],
    }


def large(bench: Bench) -> str:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for stops in (200, 500, 1000):
            path = Path(folder) / f"large-n{stops}.json"
            path.write_text(json.dumps(enlarged(stops)))
            mine, peer = bench.solved(path, 60), bench.pyvrp(path, 60, optional=True)
            served = [stops - mine["unserved"], stops - peer["unserved"]]
            costs = [mine["cost"], peer["cost"]]
            rows.append([stops, *served, *costs, mine["full"] or "-", f"{mine['mb']} MB"])
    head = ["stops", "served", "PyVRP served", "seconds ridden", "PyVRP", "all served after (s)"]
    note = "Freshness and loading, which PyVRP cannot express, are left out of these."
    return f"### Large, 60 s\n\n{note}\n\n" + table([*head, "memory"], rows)


def fitting(bench: Bench) -> str:
    rows = []
    for path in bench.paths("lunch"):
        if _by_size(path)[0] >= 40:
            found = bench.run(f"{path.stem} fits", FITS, path, 5)
            one, every = found["fits"], found["windows"]
            rows.append([path.stem, found["promised"], *one, *every, found["yes"]])
    head = [
        "lunch",
        "promised",
        "fits median (ms)",
        "p99",
        "8 one by one, median (ms)",
        "p99",
        "yes",
    ]
    text = "### fits, one core\n\n" + table(head, rows)
    rows = []
    for path in bench.paths("stream"):
        found = bench.run(f"{path.stem} refusals", REFUSALS, path, 10)
        share = f"{100 * found['wrong'] / max(1, found['asked']):.2f} %"
        rows.append([path.stem, found["asked"], found["served"], found["wrong"], share])
        rows[-1] += [found["open"], found["broken"]]
    head = ["stream", "windows asked", "promised", "refused wrongly", "share", "undecided"]
    return (
        text + "\n\n### Refusals against the exact answer\n\n" + table([*head, "false yes"], rows)
    )


def memory(bench: Bench) -> str:
    rows = [
        [path.stem, f"{bench.solved(path, 5)['mb']} MB"]
        for path in bench.paths("lunch")
        if _by_size(path)[0] >= 40
    ]
    return "### Memory of a solving process\n\n" + table(["lunch", "peak"], rows)


def vroom(bench: Bench) -> str:
    rows = []
    for path in bench.paths("busy"):
        peer = bench.run(f"{path.stem} VROOM", VROOM, path, 5, bench.peer("vroom"))
        mine = bench.solved(path, 5)
        rows.append([path.stem, mine["unserved"], peer["unserved"], f"{peer['seconds']} s"])
    note = "VROOM knows one trip for each vehicle, neither release times nor freshness."
    return f"### VROOM\n\n{note}\n\n" + table(["busy", "unserved", "VROOM", "VROOM's time"], rows)


TABLES = {
    "lunch": lambda bench: lunches(bench, "lunch"),
    "busy": lambda bench: lunches(bench, "busy"),
    "mtvrptwr10": lambda bench: mtvrptwr(bench, 10),
    "mtvrptwr60": lambda bench: mtvrptwr(bench, 60),
    "large": large,
    "solomon": solomon,
    "fits": fitting,
    "memory": memory,
    "vroom": vroom,
}


def conditions() -> str:
    import numpy
    import ortools

    from routing.search.compiled.code import is_ready

    processor = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {processor}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, OR-Tools {ortools.__version__}, NumPy "
        f"{numpy.__version__}, search {'compiled' if is_ready() else 'in plain Python'}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", choices=[*TABLES, []], default=list(TABLES))
    parser.add_argument("--instances", default=str(INSTANCES))
    parser.add_argument("--out", help="a Markdown file; stdout without it")
    parser.add_argument("--cache", default=str(Path(tempfile.gettempdir()) / "planner-bench.json"))
    parser.add_argument("--peers", default=str(Path(tempfile.gettempdir()) / "planner-peers"))
    parser.add_argument("--no-reference", action="store_true", help="no runs of 5 minutes")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from routing.search.compiled.code import is_available
    from routing.search.loading import compile_all

    if is_available():
        compile_all()
    bench = Bench(options)
    text = "\n\n".join([conditions(), *(TABLES[name](bench) for name in options.tables)])
    if options.out:
        Path(options.out).write_text(text + "\n", encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
