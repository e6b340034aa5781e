"""``python -m simulation``: the model from the command line, without web or database.

    run SCENARIO.yaml|NAME [--set path=value]... [--replications N] [--seed S] --out DIR
    scenarios | schema | show SCENARIO | diff A B | validate DIR
    queue --arrivals-per-hour L --servers C --mean-service-min S ...

Exit status 2 and one line on bad input; an interrupted run leaves nothing behind.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

from data.reference import ReferenceError, load
from simulation import hall
from simulation.run import COMPILED, ENGINES, fastest, form_of, simulate
from simulation.scenario import (
    SHIPPED,
    Scenario,
    ScenarioError,
    difference,
    load_scenario,
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status = options.command(options) or 0
        sys.stdout.flush()
        return status
    except (ScenarioError, hall.HallError, ReferenceError) as error:
        return _refuse(str(error))
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return _refuse("interrupted; nothing was written", 130)


def _refuse(sentence: str, status: int = 2) -> int:
    print(f"simulation: {' '.join(sentence.split())}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m simulation", description="The model of the Centre.")
    commands = parser.add_subparsers(dest="name", required=True)

    run = commands.add_parser("run", help="simulate a scenario and write its records and KPIs")
    run.add_argument("scenario", help=f"a YAML file, or one of {', '.join(SHIPPED)}")
    run.add_argument("--out", required=True, type=Path, help="folder for the results")
    run.add_argument("--seed", type=int, help="instead of the scenario's own")
    run.add_argument("--replications", type=int, default=1)
    run.add_argument(
        "--engine", choices=ENGINES, help="by default the fastest here; the records are the same"
    )
    run.add_argument("--set", action="append", default=[], metavar="path=value", dest="sets")
    run.add_argument("--quiet", action="store_true", help="no progress on the terminal")
    run.set_defaults(command=_run)

    prepare = commands.add_parser("prepare", help="compile the model, so that no run has to wait")
    prepare.set_defaults(command=_prepare)

    scenarios = commands.add_parser("scenarios", help="list the shipped scenarios")
    scenarios.set_defaults(command=_scenarios)

    schema = commands.add_parser("schema", help="print the JSON Schema of a scenario")
    schema.set_defaults(command=_schema)

    show = commands.add_parser("show", help="print a scenario with every lever as YAML")
    show.add_argument("scenario")
    show.add_argument("--set", action="append", default=[], metavar="path=value", dest="sets")
    show.set_defaults(command=_show)

    diff = commands.add_parser("diff", help="print the levers in which two scenarios differ")
    diff.add_argument("a")
    diff.add_argument("b")
    diff.set_defaults(command=_diff)

    validate = commands.add_parser("validate", help="a run beside the published figures, Markdown")
    validate.add_argument("folder", type=Path, help="the results of a run")
    validate.set_defaults(command=_validate)

    queue = commands.add_parser("queue", help="one counter hall, beside queueing theory")
    queue.add_argument("--arrivals-per-hour", type=float, required=True)
    queue.add_argument("--servers", type=int, required=True)
    queue.add_argument("--mean-service-min", type=float, required=True)
    queue.add_argument("--service", choices=hall.SERVICES, default="exponential")
    queue.add_argument("--cv", type=float)
    queue.add_argument("--days", type=int, default=60)
    queue.add_argument("--warm-up-days", type=int, default=5)
    queue.add_argument("--seed", type=int, default=1)
    queue.set_defaults(command=_queue)
    return parser


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str):
        raise SystemExit(_refuse(message))


def _run(options) -> None:
    import kpis
    from kpis import output
    from kpis.ensemble import MOST_REPLICATIONS

    if not 1 <= options.replications <= MOST_REPLICATIONS:
        raise ScenarioError(
            f"--replications: {options.replications} is not allowed, "
            f"must be from 1 to {MOST_REPLICATIONS}"
        )
    engine = options.engine or fastest()
    form_of(engine)
    sets = [*options.sets, *([f"seed={options.seed}"] if options.seed is not None else [])]
    scenario = load_scenario(options.scenario, sets)
    output.check_destination(options.out)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_refuse("stopped; nothing was written", 143)))
    progress = None if options.quiet else _progress()
    if not options.quiet:
        _say_which(engine)
    result = simulate(scenario, progress=progress, engine=engine)
    cube = kpis.build(result)
    values = [kpis.compute(cube)]
    for replication in range(1, options.replications):
        more = simulate(scenario, replication, progress, engine=engine)
        values.append(kpis.compute(kpis.build(more)))
    output.write_result(options.out, result, cube, values)


def _say_which(engine: str) -> None:
    """What the user should know before a long silence."""
    from simulation import compiling

    if engine == COMPILED and not compiling.is_cached():
        print("compiling the model, once; this takes about ten seconds …", file=sys.stderr)
    elif not compiling.numba:
        print(f"no compiled model here ({compiling.WHY_NOT}): the slow one runs", file=sys.stderr)


def _prepare(_options) -> None:
    _say_which(fastest())
    simulate(load_scenario("plan-30-branches", ["horizon.end=2024-10-03", "demand.level=0.01"]))


def _progress():
    """A line on the terminal that follows the simulated days."""
    terminal = sys.stderr.isatty()
    last = SimpleNamespace(percent=-1)

    def show(day: int, days: int, received: int, total: int) -> None:
        percent = 100 * day // days
        if percent == last.percent or (not terminal and percent % 10):
            return
        last.percent = percent
        text = f"day {day} of {days}, {received:,} of {total:,} dossiers received"
        print(f"\r{text}" if terminal else text, end="" if terminal else "\n", file=sys.stderr)

    return show


def _scenarios(_options) -> None:
    for name in SHIPPED:
        scenario = load_scenario(name)
        print(f"{name:<18} {scenario.hash}  {scenario.title.vi} / {scenario.title.en}")


def _schema(_options) -> None:
    print(json.dumps(Scenario.model_json_schema(), ensure_ascii=False, indent=2))


def _show(options) -> None:
    print(load_scenario(options.scenario, options.sets).to_yaml(), end="")


def _diff(options) -> None:
    a, b = load_scenario(options.a), load_scenario(options.b)
    for path, left, right in difference(a, b):
        print(f"{path}: {_value(left)} -> {_value(right)}")


def _value(value) -> str:
    return "(none)" if value is None else json.dumps(value, ensure_ascii=False)


def _validate(options) -> None:
    from kpis import Cube, CubeError
    from kpis.validation import markdown

    try:
        print(markdown(Cube.read(options.folder / "cube.parquet"), load()))
    except CubeError as error:
        raise ScenarioError(str(error)) from None


def _queue(options) -> None:
    load = options.arrivals_per_hour * options.mean_service_min / 60
    measured = hall.queue(
        options.arrivals_per_hour,
        options.servers,
        options.mean_service_min,
        options.service,
        options.cv,
        options.days,
        options.warm_up_days,
        options.seed,
    )
    if load >= options.servers:
        print(
            f"the queue grows without end: work for {load:.4g} counters, open {options.servers}; "
            "the figures hold for these days only",
            file=sys.stderr,
        )
    print(json.dumps(measured))


if __name__ == "__main__":
    sys.exit(main())
