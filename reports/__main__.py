"""``python -m reports build``: the report of a kept run as files."""

import argparse
import json
import os
import secrets
import shutil
import sys
from pathlib import Path

from data.reference import ReferenceError, load
from data.store import Runs, StoreError, open_store
from data.store.runs import Run
from kpis.output import OutputError, refusal
from reports.build import build
from reports.fields import Fields, FieldsError
from reports.period import PeriodError, read_period
from reports.write import FORMATS, write


class UsageError(Exception):
    """What was typed makes no sense; the message says why."""


class Parser(argparse.ArgumentParser):
    """A parser whose refusals are one line."""

    def error(self, message: str):
        """Refuse what was typed."""
        raise UsageError(message)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status, 2 for bad input."""
    try:
        args = _parser().parse_args(arguments)
        formats = _formats(args.format)
        fields = _fields(args)
        store = open_store()
        try:
            runs = Runs(store)
            print(f"Reading run {args.run} …", file=sys.stderr)
            compared = [one for one in (args.compare or "").split(",") if one]
            document = build(runs, args.run, args.period, args.lang, fields, compared=compared)
            made = {}
            token = _token(runs.get(args.run), args.period)
            for form in formats:
                print(f"Writing {form} …", file=sys.stderr)
                made[f"report-{token}-{args.lang}.{form}"] = write(document, form)
            keep(Path(args.out), made)
        finally:
            store.close()
    except (
        UsageError,
        StoreError,
        PeriodError,
        FieldsError,
        OutputError,
        ReferenceError,
    ) as error:
        of = f"{error.field}: " if isinstance(error, FieldsError) else ""
        print(f"reports: {of}{' '.join(str(error).split())}", file=sys.stderr)
        return 2
    for name in made:
        print(Path(args.out) / name)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    made = commands.add_parser("build", help="write the report of a run")
    made.add_argument("--run", required=True, help="id of a finished run")
    made.add_argument(
        "--period", required=True, help="phase-1, 2025-Q2, 2025-03 or 2025-03-01..2025-03-15"
    )
    made.add_argument("--format", default="docx,pdf,xlsx", help="docx, pdf, xlsx, with commas")
    made.add_argument("--lang", default="vi", choices=("vi", "en"))
    made.add_argument("--out", required=True, help="folder for the files")
    made.add_argument("--fields", help="JSON file with number, symbol, place, day, signer_name …")
    made.add_argument("--compare", help="ids of finished ensembles, with commas")
    return parser


def _formats(text: str) -> list[str]:
    formats = list(dict.fromkeys(text.split(",")))
    unknown = [one for one in formats if one not in FORMATS]
    if unknown:
        raise UsageError(f"format '{unknown[0][:20]}' is not one of {', '.join(FORMATS)}")
    return formats


def _fields(args: argparse.Namespace) -> Fields:
    if not args.fields:
        return Fields()
    try:
        given = json.loads(Path(args.fields).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{args.fields} cannot be read as JSON ({error})") from None
    if not isinstance(given, dict):
        raise UsageError(f"{args.fields} must hold an object of fields")
    return Fields.read(given)


def _token(run: Run, period: str) -> str:
    """The period as names of files have it, whichever way it was typed."""
    return read_period(period, run.start, run.end, load()).token


def keep(folder: Path, files: dict[str, bytes]) -> None:
    """Write all files or none; those of the same name are replaced. Raises OutputError."""
    partial = folder / f".{secrets.token_hex(6)}.partial"
    try:
        partial.mkdir(parents=True)
        for name, content in files.items():
            if (folder / name).is_dir():
                raise IsADirectoryError(21, f"{name} is a folder")
            (partial / name).write_bytes(content)
        for name in files:
            os.replace(partial / name, folder / name)
    except (OSError, ValueError) as error:
        raise refusal(
            folder, error if isinstance(error, OSError) else OSError(str(error))
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
