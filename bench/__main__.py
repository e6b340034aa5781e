"""``make bench``: what each part costs, and what peers cost on the same network, in one run.

    python -m bench [path=value ...]   measure and judge; the default run with these levers
    python -m bench docs               the same, and the table of docs/performance.md
    python -m bench growth             how cost grows: docs/growth.csv, its table and picture

Every measurement has a process of its own; peers take turns within a round and ratios are taken
within the round. Times are seconds on a core, since other things may run on the machine; only the
speed-up of two workers and what people wait for are by the clock. Exit status 1 when a limit is
not kept.
"""

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from bench import document, growth
from bench.apart import say, task
from bench.network import DAY
from bench.peers import SIMMER_HINT, simmer_is_here

ROUNDS = 3
TEXTBOOK_US = 28  # a person of the small network, in textbook SimPy where the limits were set
PEERS = ("ours", "compiled", "textbook", "ciw", "salabim", "simmer")
FREE_SHARE = 25  # percent of all cores that others may use for waits by the clock to be judged
FREE_CORES = 1.8  # what two loops must gain from two cores for other speed-ups to be judged
MAY_DIFFER = {"ciw": 1e-3, "simmer": 1e-3}  # they draw lots between simultaneous events
OUT = Path("var/bench.json")


@dataclass(frozen=True)
class Limit:
    """A figure and the bound it must keep. ``pace``: how long a time on this machine is where the
    limits were set; 1 for what is no time."""

    name: str
    value: float
    bound: float
    at_least: bool = False
    in_doubt: bool = False  # the machine was too busy to tell
    pace: float = 1

    @property
    def judged(self) -> float:
        """The figure as it would be where the limits were set."""
        return self.value * self.pace

    @property
    def broken(self) -> bool:
        """Whether the bound is not kept."""
        missed = self.judged < self.bound if self.at_least else self.judged > self.bound
        return missed and not self.in_doubt

    def __str__(self) -> str:
        kept = "BROKEN" if self.broken else "unsure" if self.in_doubt else "kept  "
        sign = "≥" if self.at_least else "≤"
        here = "" if self.pace == 1 else f"; here {self.value:.2f}"
        return f"  {kept} {self.judged:8.2f} {sign} {self.bound:6.1f}  {self.name}{here}"


def measure(sets: list[str]) -> dict:
    """All measurements; peers and the default run compiled take turns in rounds."""
    names = [name for name in PEERS if name != "simmer" or simmer_is_here()]
    rounds, apart = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            say(f"small network and compiled pilot, round {number + 1} of {ROUNDS} …")
            peers = {name: task("peer", name, folder) for name in names}
            rounds.append({"peers": peers, "pilot": task("pilot", *sets)})
            apart = {name: differing(Path(folder), name) for name in names}
    say("sampling …")
    sampling = task("sampling")
    say("the default run in processes …")
    processes = task("processes", *sets)
    say("two workers …")
    workers = task("workers")
    say("first use, and twenty replications from the command line …")
    commands = task("commands")
    say("viewers at once, first page, memory of a worker …")
    serving = task("serving")
    return {
        "load_before": os.getloadavg()[0],
        "rounds": rounds,
        "differing": apart,
        "same_records": processes["records"] == rounds[0]["pilot"]["records"],
        "sampling": sampling,
        "processes": processes,
        "workers": workers,
        "commands": commands,
        "growth": growth.short(),
        "serving": serving,
    }


def differing(folder: Path, peer: str) -> int:
    """People whom the peer calls or finishes at another millisecond than the textbook does."""
    theirs, book = np.load(folder / f"{peer}.npz"), np.load(folder / "textbook.npz")
    different = np.zeros(len(theirs["called"]), bool)
    for name in ("called", "done"):
        expected = book[name][: len(different)]
        expected = np.where(expected < theirs["days"] * DAY, expected, -1)
        different |= theirs[name] != expected
    return int(different.sum())


def agree(measured: dict) -> bool:
    """Whether all peers serve the same people at the same times, and both forms agree."""
    people = {name: peer["people"] for name, peer in measured["rounds"][0]["peers"].items()}
    return measured["same_records"] and all(
        count <= MAY_DIFFER.get(name, 0) * people[name]
        for name, count in measured["differing"].items()
    )


def median(measured: dict, value) -> float:
    """Median over the rounds of a value taken within each."""
    return statistics.median(value(one["peers"], one["pilot"]) for one in measured["rounds"])


def limits(measured: dict) -> list[Limit]:
    """The figures that must keep a bound."""
    processes, workers = measured["processes"], measured["workers"]
    commands = measured["commands"]
    textbook = median(measured, lambda peers, _: peers["textbook"]["us"])
    time = partial(Limit, pace=TEXTBOOK_US / textbook)
    return [
        Limit(
            "dynamics of the small network compiled, times faster than textbook SimPy",
            median(measured, lambda peers, _: peers["textbook"]["us"] / peers["compiled"]["us"]),
            75,
            at_least=True,
        ),
        time(
            "compiled pilot: floor, µs per dossier",
            median(measured, lambda _, p: p["us"]["floor"]),
            0.5,
        ),
        time(
            "… sampling to cube, µs per dossier, in the memory of the one before",
            median(measured, lambda _, pilot: sum(pilot["us"].values())),
            1.5,
        ),
        time("… the same, seconds a replication", median(measured, lambda _, p: p["seconds"]), 4),
        Limit("… memory of a worker, GiB", median(measured, lambda _, p: p["peak_gib"]), 1.5),
        Limit(
            "two processes, times faster than one",
            workers["processes"],
            1.7,
            at_least=True,
            in_doubt=workers["machine"] < FREE_CORES,
        ),
        *(
            time(name, commands[key], bound, in_doubt=workers["machine"] < FREE_CORES)
            for name, key, bound in (
                ("first use: everything compiled, seconds", "prepare_s", 10),
                ("twenty replications from the command line, seconds", "twenty_s", 45),
            )
        ),
        Limit("growth of the seconds, exponent", growth.exponent(measured["growth"]), 1.1),
        time("sampling alone, µs per dossier", measured["sampling"]["us"], 1),
        time("records to cube, µs per dossier", median(measured, lambda _, p: p["us"]["cube"]), 1),
        Limit(
            "dynamics of the pilot in processes, × textbook SimPy",
            processes["us"]["floor"] / textbook,
            3,
        ),
        Limit(
            "the small network in processes, × textbook SimPy",
            median(measured, lambda peers, _: peers["ours"]["us"] / peers["textbook"]["us"]),
            3,
        ),
        Limit("peak memory of the pilot in processes, GiB", processes["peak_gib"], 4),
        time("overview callback, slowest of all slices, ms", processes["callback_slowest_ms"], 100),
        *_serving_limits(measured["serving"], time),
    ]


def _serving_limits(found: dict, time: Callable[..., Limit]) -> list[Limit]:
    busy = found["busy"] > FREE_SHARE
    viewers, memory, ledger = found["viewers"], found["memory"], found["ledger"]
    return [
        time(
            "data callbacks of 20 viewers, 95 of 100 within, ms",
            viewers["data"]["p95_ms"],
            250,
            in_doubt=busy,
        ),
        Limit("… errors", viewers["errors"] + memory["errors"], 0),
        time("first page interactive, cold cache, s", _first(found, "seconds"), 3, in_doubt=busy),
        Limit("… over the wire, MB", _first(found, "mb"), 2.5),
        Limit(
            "memory of a worker, growth over 2,000 requests after 1,000, %",
            100 * memory["growth"],
            3,
        ),
        time("a dossier by its code, slowest, ms", ledger["find_slowest_ms"], 50),
        time("a list of dossiers, slowest, ms", ledger["list_slowest_ms"], 300),
    ]


def _first(found: dict, name: str) -> float:
    return statistics.median(visit[name] for visit in found["first_page"])


def report(measured: dict, judged: list[Limit]) -> str:
    """The figures as text."""
    return "\n".join(
        [
            *_peers(measured),
            *_pilot(measured),
            *_processes(measured["processes"]),
            *_workers(measured["workers"]),
            *_growth(measured["growth"]),
            *_serving(measured["serving"]),
            f"limits, for a machine on which textbook SimPy takes {TEXTBOOK_US} µs a person:",
            *map(str, judged),
        ]
    )


def _peers(measured: dict) -> list[str]:
    first = measured["rounds"][0]["peers"]
    lines = [f"small network, {first['textbook']['people']:,} people, µs each, textbook SimPy = 1:"]
    for name in first:
        us = median(measured, lambda peers, _, name=name: peers[name]["us"])
        ratio = median(measured, lambda p, _, name=name: p[name]["us"] / p["textbook"]["us"])
        count, people = measured["differing"][name], first[name]["people"]
        same = f"{count} of {people:,} people at other times" if count else "the same times"
        lines.append(f"  {name:<10} {us:8.2f}   × {ratio:7.4f}   {same}")
    if "simmer" not in first:
        lines.append(f"  simmer     not measured: {SIMMER_HINT}")
    lines.append(
        "  all agree (Ciw and simmer but for lots between simultaneous events), the pilot in both "
        f"forms record by record: {'yes' if agree(measured) else 'NO'}"
    )
    return lines


def _pilot(measured: dict) -> list[str]:
    pilot = measured["rounds"][0]["pilot"]
    return [
        f"pilot compiled, {pilot['dossiers']:,} dossiers, {pilot['cells']:,} cells, "
        f"{median(measured, lambda _, p: p['peak_gib']):.2f} GiB, µs per dossier:",
        _parts(measured, lambda pilot: pilot["first"], "a worker's first replication"),
        _parts(measured, lambda pilot: pilot, "its second, and so on"),
        f"  its floor a dossier is {_against_textbook(measured):.0f} times faster than textbook "
        "SimPy a person of the small network, which has less to decide",
    ]


def _against_textbook(measured: dict) -> float:
    return median(measured, lambda peers, pilot: peers["textbook"]["us"] / pilot["us"]["floor"])


def _parts(measured: dict, which, name: str) -> str:
    us = {
        part: median(measured, lambda _, pilot, part=part: which(pilot)["us"][part])
        for part in which(measured["rounds"][0]["pilot"])["us"]
    }
    seconds = median(measured, lambda _, pilot: which(pilot)["seconds"])
    costs = ", ".join(f"{part} {value:.2f}" for part, value in us.items())
    return f"  {name:<30} {costs}: {sum(us.values()):.2f}, {seconds:.1f} s"


def _processes(found: dict) -> list[str]:
    us = ", ".join(f"{name} {value:.2f}" for name, value in found["us"].items())
    return [
        f"the same in processes, {found['seconds']:.0f} s, µs per dossier:",
        f"  {us}",
        f"  KPIs of a slice: {found['kpis_cold_ms']:.0f} ms the first time, "
        f"{found['kpis_warm_ms']:.0f} ms after; overview callback "
        f"{found['callback_median_ms']:.0f} ms median of {found['callbacks']} slices",
    ]


def _workers(found: dict) -> list[str]:
    return [
        f"{found['replications']} replications of {found['dossiers']:,} dossiers, one worker "
        f"{found['one_s']:.1f} s; two processes {found['processes']:.2f} times faster, two threads "
        f"{found['threads']:.2f}",
        f"  two empty loops here and now {found['machine']:.2f}; two processes, counting only the "
        f"time on a core, {found['by_processor_time']:.2f}",
    ]


def _growth(rows: list[dict]) -> list[str]:
    sizes = ", ".join(f"{row['dossiers']:,}: {row['total_us']:.2f}" for row in rows)
    return [f"growth, µs per dossier from sampling to cube by dossiers: {sizes}"]


def _serving(found: dict) -> list[str]:
    viewers, memory, ledger = found["viewers"], found["memory"], found["ledger"]

    def told(one: dict) -> str:
        spread = (one["p50_ms"], one["p95_ms"], one["max_ms"])
        return " / ".join(f"{value:.0f}" for value in spread) + f" of {one['count']:,}"

    rss = ", ".join(f"{mib:,.0f} MiB after {count}" for count, mib in memory["mib"].items())
    return [
        f"20 viewers for 90 s, two workers, machine busy with other things {found['busy']:.0f}%; "
        f"data callbacks, ms median / 95% / slowest: {told(viewers['data'])}; "
        f"all {viewers['callbacks']:,} callbacks 95% {viewers['all_p95_ms']:.0f}; "
        f"errors {viewers['errors']}",
        *(f"  {path:<14} {told(one)}" for path, one in viewers["pages"].items()),
        *(f"  error: {problem}" for problem in viewers["problems"]),
        f"first page, cold cache: {_first(found, 'seconds'):.2f} s, {_first(found, 'mb'):.2f} MB",
        f"memory of a worker by callbacks answered: {rss}; "
        f"{memory['per_1000_mib']:.1f} MiB per 1,000",
        f"{ledger['dossiers']:,} dossiers, ms median / slowest: by code "
        f"{ledger['find_median_ms']:.1f} / {ledger['find_slowest_ms']:.1f}, a list "
        f"{ledger['list_median_ms']:.1f} / {ledger['list_slowest_ms']:.1f}",
    ]


def judge(sets: list[str], written: bool) -> int:
    """Measure, print, keep in var/bench.json; 1 when a limit or an agreement is broken."""
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    measured = measure(sets)
    judged = limits(measured)
    text = report(measured, judged)
    print(text)
    OUT.parent.mkdir(exist_ok=True)
    figures = {limit.name: limit.value for limit in judged}
    OUT.write_text(json.dumps(measured | {"figures": figures}, indent=1) + "\n")
    if written:
        document.write("bench", f"```\n{text}\n```")
    return 0 if agree(measured) and not any(limit.broken for limit in judged) else 1


def main(arguments: list[str]) -> int:
    """One of the three commands."""
    if arguments == ["growth"]:
        for rows in growth.full():
            document.growth(rows)
        return 0
    written = arguments == ["docs"]
    return judge([] if written else arguments, written)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
