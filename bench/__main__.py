"""``make bench``: what each part costs, and what peers cost on the same network, in one run.

Every measurement has a process of its own; peers take turns within a round and ratios are taken
within the round. Exit status 1 when a limit is not kept.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

from bench.tasks import PEERS

ROUNDS = 3
OUT = Path("var/bench.json")
LIMITS = {
    "sampling, µs per dossier": 1.0,
    "records to cube, µs per dossier": 1.0,
    "dynamics of the default run, × textbook SimPy": 3.0,
    "dynamics of the small network, × textbook SimPy": 3.0,
    "peak memory of the default run, GiB": 4.0,
    "overview callback, slowest of all slices, ms": 100.0,
}


def task(name: str, *arguments: str) -> dict:
    """Run one measurement in a process of its own."""
    command = [sys.executable, "-m", "bench.tasks", name, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(sets: list[str]) -> dict:
    """All measurements, peers in interleaved rounds."""
    rounds = []
    for number in range(ROUNDS):
        print(f"small network, round {number + 1} of {ROUNDS} …", file=sys.stderr)
        rounds.append({name: task(name) for name in PEERS})
    same = all(
        (r[name]["called"], r[name]["done"]) == (r["ours"]["called"], r["ours"]["done"])
        for r in rounds
        for name in ("compiled", "textbook")  # Ciw draws lots between simultaneous events
    )
    print("sampling …", file=sys.stderr)
    sampling = task("sampling")
    print("the default run …", file=sys.stderr)
    default = task("default_run", *sets)
    print("the default run, compiled …", file=sys.stderr)
    compiled = task("compiled_run", *sets)
    textbook = task("textbook")
    return {
        "peers": rounds,
        "same_results": same and default["records"] == compiled["records"],
        "compiled": compiled,
        "sampling": sampling,
        "default": default,
        "textbook_after": textbook,
    }


def median(rounds: list[dict], name: str, by: str | None = None) -> float:
    """Median µs per person of a peer, or of its ratio to another within the rounds."""
    return statistics.median(r[name]["us"] / (r[by]["us"] if by else 1) for r in rounds)


def summary(measured: dict) -> dict[str, float]:
    """The figures with limits."""
    rounds, default = measured["peers"], measured["default"]
    textbook = [*(r["textbook"]["us"] for r in rounds), measured["textbook_after"]["us"]]
    return {
        "sampling, µs per dossier": measured["sampling"]["us"],
        "records to cube, µs per dossier": default["us"]["cube"],
        "dynamics of the default run, × textbook SimPy": default["us"]["dynamics"]
        / statistics.median(textbook),
        "dynamics of the small network, × textbook SimPy": median(rounds, "ours", "textbook"),
        "peak memory of the default run, GiB": default["peak_gib"],
        "overview callback, slowest of all slices, ms": default["callback_slowest_ms"],
    }


def report(measured: dict, figures: dict[str, float]) -> str:
    """The figures as text."""
    rounds, default = measured["peers"], measured["default"]
    lines = [f"small network, {rounds[0]['ours']['people']:,} people, µs each, × textbook SimPy:"]
    for name in PEERS:
        lines.append(
            f"  {name:<10} {median(rounds, name):8.1f}   × {median(rounds, name, 'textbook'):.2f}"
        )
    lines.append(
        "  ours, compiled and textbook the same person by person, the default run in both forms "
        "record by record: " + ("yes" if measured["same_results"] else "NO")
    )
    lines.append(
        f"default run, {default['dossiers']:,} dossiers, {default['cells']:,} cells, "
        f"{default['seconds']:.0f} s, µs per dossier:"
    )
    lines += [f"  {name:<10} {us:8.2f}" for name, us in default["us"].items()]
    compiled = measured["compiled"]
    textbook = statistics.median(r["textbook"]["us"] for r in rounds)
    lines.append(
        f"the same run compiled: {compiled['seconds']:.1f} s, dynamics "
        f"{compiled['us']['dynamics']:.2f} µs per dossier (textbook × "
        f"{compiled['us']['dynamics'] / textbook:.3f}), {compiled['peak_gib']:.2f} GiB"
    )
    lines.append(
        f"  KPIs of a slice: {default['kpis_cold_ms']:.0f} ms the first time, "
        f"{default['kpis_warm_ms']:.0f} ms after; overview callback "
        f"{default['callback_median_ms']:.0f} ms median of {default['callbacks']} slices"
    )
    lines.append("limits:")
    for name, value in figures.items():
        kept = "kept  " if value <= LIMITS[name] else "BROKEN"
        lines.append(f"  {kept} {value:8.2f} of {LIMITS[name]:6.1f}  {name}")
    return "\n".join(lines)


def main() -> int:
    """Measure, print, keep in var/bench.json."""
    measured = measure(sys.argv[1:])
    figures = summary(measured)
    print(report(measured, figures))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(measured | {"figures": figures}, indent=1) + "\n")
    kept = all(value <= LIMITS[name] for name, value in figures.items())
    return 0 if kept and measured["same_results"] else 1


if __name__ == "__main__":
    sys.exit(main())
