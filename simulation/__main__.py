"""``python -m simulation``: the model from the command line, without web or database.

    run SCENARIO.yaml|NAME [--set path=value]... [--replications N] [--until-half-width KPI=W]
        [--seed S] [--engine processes|compiled] [--dask ADDRESS] --out DIR
    compare A B... --replications N [--out FILE.json]
    scenarios | schema | show SCENARIO | diff A B | validate DIR
    queue --arrivals-per-hour L --servers C --mean-service-min S ...

Exit status 2 and one line on bad input; an interrupted run leaves nothing behind.
"""

import argparse
import json
import os
import signal
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from data.reference import ReferenceError, load
from simulation import hall
from simulation import plan as planning
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
    _ensemble_arguments(run)
    run.add_argument(
        "--until-half-width",
        metavar="KPI=W",
        help="add replications until the 95%% interval of this KPI is at most ± W",
    )
    run.add_argument(
        "--engine", choices=ENGINES, help="by default the fastest here; the records are the same"
    )
    run.add_argument("--set", action="append", default=[], metavar="path=value", dest="sets")
    run.add_argument("--quiet", action="store_true", help="no progress on the terminal")
    run.set_defaults(command=_run)

    compare = commands.add_parser(
        "compare", help="what other scenarios change, replication by replication"
    )
    compare.add_argument("scenarios", nargs="+", metavar="SCENARIO", help="the first is the base")
    _ensemble_arguments(compare)
    compare.add_argument("--period", default="all", help="all, phase_1 …, 2025-03 …")
    compare.add_argument("--seed", type=int, help="instead of the first scenario's own")
    compare.add_argument("--engine", choices=ENGINES)
    compare.add_argument("--set", action="append", default=[], metavar="path=value", dest="sets")
    compare.add_argument("--out", type=Path, help="write the comparison as JSON, too")
    compare.add_argument("--quiet", action="store_true", help="no progress on the terminal")
    compare.set_defaults(command=_compare)

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


def _ensemble_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--replications", type=int)
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="a Dask scheduler; by default this machine's cores"
    )


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str):
        raise SystemExit(_refuse(message))


def _run(options) -> None:
    from kpis import output
    from kpis.ensemble import CAP, EnsembleError, Replications, Until

    engine = options.engine or fastest()
    form_of(engine)
    sets = [*options.sets, *([f"seed={options.seed}"] if options.seed is not None else [])]
    scenario = load_scenario(options.scenario, sets)
    try:
        until = Until.parse(options.until_half_width) if options.until_half_width else None
        wanted = options.replications
        ensemble = Replications((CAP if until else 1) if wanted is None else wanted, until)
    except EnsembleError as error:
        raise ScenarioError(str(error)) from None
    folder = output.check_destination(options.out)
    _stop_on_sigterm()
    _compile(engine, options.quiet)
    with output.whole_folder(folder) as partial_folder:

        def keep(write, *found):
            with output.explained(folder):
                write(partial_folder, *found)

        first = partial(keep, output.write_records)
        result, table = _replicate(scenario, ensemble, engine, options, first)
        keep(output.write_findings, result, table)
        output.check_destination(folder)  # once more: much time has passed
    if until and not ensemble.is_narrow:
        print(
            f"simulation: the interval is wider than {options.until_half_width} "
            f"after {len(ensemble)} replications; ask for more with --replications",
            file=sys.stderr,
        )


def _stop_on_sigterm() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_refuse("stopped; nothing was written", 143)))


def _replicate(scenario: Scenario, ensemble, engine: str, options, keep=lambda *_: None):
    """The first replication, and the findings of all. ``keep(result, cube)`` of the first is
    called as soon as they are there, while others work on the rest."""
    import kpis
    from kpis import findings
    from kpis.parallel import ParallelError, Pool

    progress = _Progress(ensemble.wanted, options.quiet)
    try:
        with ExitStack() as stack:
            others = iter(())
            if ensemble.wanted > 1:
                pool = stack.enter_context(Pool(options.dask))
                others = pool.replicate(scenario, range(1, ensemble.wanted), engine, progress)
            first = partial(progress, 0)
            result = simulate(scenario, progress=first, engine=engine)
            cube = kpis.build(result)
            ensemble.add(0, findings.of(cube))
            keep(result, cube)
            for number, frame in others:
                ensemble.add(number, frame)
                progress.done(len(ensemble))
                if ensemble.enough:
                    break
    except ParallelError as error:
        raise ScenarioError(str(error)) from None
    return result, ensemble.table()


def _compare(options) -> None:
    from kpis.comparison import document, refuse_period, text
    from kpis.ensemble import EnsembleError, Replications
    from kpis.findings import periods_of

    if len(options.scenarios) < 2:
        raise ScenarioError("compare: name at least two scenarios")
    engine = options.engine or fastest()
    form_of(engine)
    wanted = 10 if options.replications is None else options.replications
    loaded = [load_scenario(name, options.sets) for name in options.scenarios]
    seed = loaded[0].seed if options.seed is None else options.seed
    scenarios = [load_scenario(name, [*options.sets, f"seed={seed}"]) for name in options.scenarios]
    horizons = {(scenario.horizon.start, scenario.horizon.end) for scenario in scenarios}
    if len(horizons) > 1:
        raise ScenarioError("compare: the scenarios have different horizons; set one with --set")
    plans = [planning.build(scenario, load()) for scenario in scenarios]
    try:
        refuse_period(options.period, periods_of(plans[0].start, plans[0].phase_of_day.tolist()))
    except EnsembleError as error:
        raise ScenarioError(str(error)) from None
    if options.out and not options.out.absolute().parent.is_dir():
        raise ScenarioError(f"--out: {options.out.parent} is not a folder")
    if options.out and options.out.is_dir():
        raise ScenarioError(f"--out: {options.out} is a folder, name a file")
    _stop_on_sigterm()
    _compile(engine, options.quiet)
    try:
        tables = [
            _replicate(scenario, Replications(wanted), engine, options)[1] for scenario in scenarios
        ]
        found = document(scenarios, tables, options.period)
    except EnsembleError as error:
        raise ScenarioError(str(error)) from None
    if options.out:
        written = json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False)
        partial = options.out.with_name(f".{options.out.name}.{os.getpid()}.partial")
        partial.write_text(written + "\n", encoding="utf-8")
        os.replace(partial, options.out)
    print(text(found))


def _compile(engine: str, quiet: bool) -> None:
    """Compile the compiled engine if that was never done, and tell the user before."""
    from kpis.preparing import prepare
    from simulation import compiling

    if not quiet:
        _say_which(engine)
    if engine == COMPILED and not compiling.is_cached():
        prepare()


def _say_which(engine: str) -> None:
    """What the user should know before a long silence."""
    from simulation import compiling

    if engine == COMPILED and not compiling.CACHE:
        print(
            "compiling the model, which takes twenty seconds at every use, because no folder for "
            "compiled code can be written; name one in NUMBA_CACHE_DIR",
            file=sys.stderr,
        )
    elif engine == COMPILED and not compiling.is_cached():
        print("compiling the model, once; this takes about ten seconds …", file=sys.stderr)
    elif not compiling.numba:
        print(f"no compiled model here ({compiling.WHY_NOT}): the slow one runs", file=sys.stderr)


def _prepare(_options) -> None:
    from kpis.preparing import prepare

    _say_which(fastest())
    prepare()


class _Progress:
    """A line on the terminal that follows the simulated days of all replications."""

    def __init__(self, replications: int, quiet: bool):
        self.replications, self.quiet = replications, quiet
        self.counts: dict[int, tuple[int, int, int, int]] = {}
        self.finished, self.percent = 0, -1
        self.terminal = sys.stderr.isatty()

    def __call__(self, number: int, day: int, days: int, received: int, total: int) -> None:
        self.counts[number] = day, days, received, total
        day, _, received, total = map(sum, zip(*list(self.counts.values()), strict=True))
        percent = 100 * day // (days * self.replications)
        if self.quiet or percent == self.percent or (not self.terminal and percent % 10):
            return
        self.percent = percent
        self._say(f"day {day} of {days * self.replications}, {received:,} of {total:,} dossiers")

    def done(self, finished: int) -> None:
        """So many replications are finished."""
        self.finished = finished

    def _say(self, text: str) -> None:
        if self.replications > 1:
            text += f" received, {self.finished} of {self.replications} replications finished"
        else:
            text += " received"
        end = "" if self.terminal else "\n"
        print(f"\r{text}" if self.terminal else text, end=end, file=sys.stderr)


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
