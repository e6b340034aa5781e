"""Reads the reference tables, checks every cell and every relation, and names all that is wrong."""

import csv
import datetime
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

import pandas as pd
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from data.reference.checks import Fault, Table, all_faults
from data.reference.tables import TABLES, Row, nullable

HERE = Path(__file__).parent
OUTLINES = "district_outlines.geojson"
_BOM = b"\xef\xbb\xbf"


class ReferenceError(ValueError):
    """The tables cannot be used; ``faults`` holds every problem, the message lists them all."""

    def __init__(self, folder: Path, faults: list[Fault]):
        self.faults = faults
        many = f"{len(faults)} problems" if len(faults) > 1 else "1 problem"
        super().__init__(
            f"reference tables in {folder}: {many}\n" + "\n".join(f"  {fault}" for fault in faults)
        )


@dataclass(frozen=True)
class Reference:
    """All reference tables, checked: a DataFrame each, with the columns of its model in tables.py.

    Dates are ``datetime.date`` objects (None where empty), codes are text, numbers that may be
    missing are float with NaN. ``district_outlines`` is GeoJSON, approximate: for drawing only.
    """

    version: str  # first 12 hex digits of SHA-256 over the files
    sources: pd.DataFrame
    communes: pd.DataFrame
    communes_2025: pd.DataFrame
    districts: pd.DataFrame
    fields: pd.DataFrame
    procedures: pd.DataFrame
    service_times: pd.DataFrame
    calendar: pd.DataFrame
    phases: pd.DataFrame
    milestones: pd.DataFrame
    targets: pd.DataFrame
    travel_speeds: pd.DataFrame
    travel_modes: pd.DataFrame
    travel_periods: pd.DataFrame
    demand_hours: pd.DataFrame
    demand_weekdays: pd.DataFrame
    demand_months: pd.DataFrame
    demand_surge: pd.DataFrame
    online_hours: pd.DataFrame
    sites: pd.DataFrame
    networks: pd.DataFrame
    units: pd.DataFrame
    rules: pd.DataFrame
    units_of_measure: pd.DataFrame
    levers: pd.DataFrame
    satisfaction: pd.DataFrame
    index_766: pd.DataFrame
    index_766_groups: pd.DataFrame
    index_766_bands: pd.DataFrame
    index_766_inputs: pd.DataFrame
    index_766_published: pd.DataFrame
    published: pd.DataFrame
    sipas: pd.DataFrame
    district_outlines: dict[str, Any]


def load(folder: str | Path | None = None) -> Reference:
    """The checked reference tables of ``folder``, by default those shipped (kept after one read).

    Raises ReferenceError listing every problem with file, row, column, value and what is allowed.
    """
    return _shipped() if folder is None else _load(Path(folder))


@cache
def _shipped() -> Reference:
    return _load(HERE)


def _load(folder: Path) -> Reference:
    faults: list[Fault] = []
    digest = hashlib.sha256()
    tables = {}
    for name in TABLES:
        content = _bytes(folder, f"{name}.csv", faults)
        digest.update(name.encode() + b"\0" + content)
        tables[name] = _table(name, content, faults)
    content = _bytes(folder, OUTLINES, faults)
    digest.update(content)
    outlines = _outlines(content, tables["districts"], faults)
    faults += all_faults(tables)
    if faults:
        raise ReferenceError(folder, faults)
    frames = {name: frame(TABLES[name], table.rows) for name, table in tables.items()}
    return Reference(version=digest.hexdigest()[:12], district_outlines=outlines, **frames)


def _bytes(folder: Path, name: str, faults: list[Fault]) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        faults.append(Fault(name, "the file is missing", "every table of the reference"))
        return b""
    except OSError as error:
        faults.append(Fault(name, f"cannot be read ({error.strerror})", "a readable file"))
        return b""
    if not content.strip():
        faults.append(Fault(name, "the file is empty", "a header line and rows"))
    return content


def _text(name: str, content: bytes, faults: list[Fault]) -> str:
    if content.startswith(_BOM):
        faults.append(Fault(name, "begins with a byte-order mark", "UTF-8 without byte-order mark"))
        content = content[len(_BOM) :]
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        faults.append(Fault(name, f"byte 0x{byte:02x} in line {line} is not UTF-8", "UTF-8 text"))
        return ""


def _table(name: str, content: bytes, faults: list[Fault]) -> Table:
    """One table with its sound rows; what is wrong goes to ``faults``."""
    table = Table(name)
    before = len(faults)
    text = _text(table.file, content, faults)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        wanted = _columns(table, header, faults) if header else None
        if wanted:
            _rows(table, reader, header, wanted, faults)
    except csv.Error as error:
        faults.append(
            Fault(table.file, f"broken CSV in line {reader.line_num} ({error})", "valid CSV")
        )
    table.complete = bool(table.rows) and len(faults) == before
    return table


def _columns(table: Table, header: list[str], faults: list[Fault]) -> dict[str, FieldInfo] | None:
    """The model's columns if the header has exactly these."""
    wanted = columns(TABLES[table.name])
    allowed = ", ".join(wanted)
    if len(header) == 1 and ";" in header[0]:
        faults.append(Fault(table.file, "the columns are separated by ';'", "commas"))
        return None
    found = []
    for name in wanted:
        if name not in header:
            found.append(Fault(table.file, "the column is missing", allowed, column=name))
    for name in dict.fromkeys(header):
        if name not in wanted:
            found.append(Fault(table.file, "the column is unknown", allowed, column=name))
        elif header.count(name) > 1:
            found.append(Fault(table.file, "the column is there twice", "once", column=name))
    faults += found
    return None if found else wanted


def _rows(table: Table, reader, header, wanted: dict[str, FieldInfo], faults) -> None:
    validate = TABLES[table.name].__pydantic_validator__.validate_python
    may_be_empty = {name for name, column in wanted.items() if nullable(column.annotation)}
    table.raw = {name: [] for name in header}
    number, line = 0, reader.line_num + 1
    for cells in reader:
        number, at, line = number + 1, (number + 1, line), reader.line_num + 1
        if len(cells) != len(header):
            faults.append(Fault(table.file, f"has {len(cells)} cells", f"{len(header)} cells", *at))
            continue
        for name, cell in zip(header, cells, strict=True):
            table.raw[name].append(cell)
            if cell != cell.strip():
                faults.append(
                    table.fault(at, name, cell, "has space around it", f"{cell.strip()!r}")
                )
        values = {
            name: None if cell == "" and name in may_be_empty else cell
            for name, cell in zip(header, cells, strict=True)
        }
        try:
            row = validate(values)
        except ValidationError as error:
            faults += (_cell_fault(table, at, wanted, wrong) for wrong in error.errors())
            continue
        table.rows.append(row)
        table.numbers.append(at)
    if number == 0:
        faults.append(Fault(table.file, "has no rows", "a header line and at least one row"))


def _cell_fault(table: Table, at, wanted: dict[str, FieldInfo], wrong: dict[str, Any]) -> Fault:
    name = str(wrong["loc"][0])
    return table.fault(at, name, wrong["input"] or "", _why(wrong), allowed(wanted[name]))


def _why(wrong: dict[str, Any]) -> str:
    if wrong["input"] in ("", None):
        return "is empty"
    kind = wrong["type"]
    if kind in ("day", "yes_no"):
        return wrong["msg"]
    if kind.startswith("int"):
        return "is not a whole number"
    if kind.startswith(("float", "finite")):
        return "is not a number"
    if kind.startswith("greater"):
        return "is too small"
    if kind.startswith("less"):
        return "is too large"
    return "is not allowed"


def allowed(column: FieldInfo) -> str:
    """In words, what a cell of this column may hold."""
    inner = _inner(column.annotation)
    empty = ", or empty" if nullable(column.annotation) else ""
    if get_origin(inner) is Literal:
        return "one of " + ", ".join(repr(option) for option in get_args(inner)) + empty
    if inner is bool:
        return "true or false"
    if inner is datetime.date:
        return "a date YYYY-MM-DD" + empty
    limits: dict[str, Any] = {}
    for constraint in column.metadata:
        for bound in ("ge", "gt", "le", "lt", "pattern"):
            if getattr(constraint, bound, None) is not None:
                limits[bound] = getattr(constraint, bound)
    if inner in (int, float):
        noun = "a whole number" if inner is int else "a number"
        words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
        return " ".join([noun, *(f"{words[k]} {v}" for k, v in limits.items())]) + empty
    if "pattern" in limits:
        return f"text like {limits['pattern']} ({column.description})"
    return "text that is not empty"


def _inner(annotation: Any) -> Any:
    """The type without ``| None`` and without ``Annotated``."""
    if isinstance(annotation, UnionType) or type(None) in get_args(annotation):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    if hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    return annotation


def columns(table: type[Row]) -> dict[str, FieldInfo]:
    """Columns of a table, its credentials last: {name: pydantic's FieldInfo}."""
    own = dict(table.model_fields)
    last = {name: own.pop(name) for name in ("certainty", "source") if name in own}
    return own | last


def frame(table: type[Row], rows: list[Row]) -> pd.DataFrame:
    """Checked rows as a DataFrame with the dtypes of their model."""
    return pd.DataFrame(
        {
            name: pd.Series([getattr(row, name) for row in rows], dtype=_dtype(column.annotation))
            for name, column in columns(table).items()
        }
    )


def _dtype(annotation: Any) -> str:
    inner = _inner(annotation)
    if inner is bool:
        return "bool"
    if inner is datetime.date:
        return "object"
    if inner is float or (inner is int and nullable(annotation)):
        return "float64"
    return "int64" if inner is int else "str"


def _outlines(content: bytes, districts: Table, faults: list[Fault]) -> dict[str, Any]:
    """The approximate outlines, one feature per district."""
    if not content.strip():
        return {}
    try:
        outlines = json.loads(content)
        codes = [feature["properties"]["code"] for feature in outlines["features"]]
    except (ValueError, KeyError, TypeError):
        faults.append(Fault(OUTLINES, "is not a GeoJSON collection with codes", "valid GeoJSON"))
        return {}
    known = districts.raw.get("code", [])
    if known and sorted(codes) != sorted(known):
        odd = sorted(set(codes) ^ set(known)) or "a code twice"
        faults.append(
            Fault(OUTLINES, f"does not match the districts: {odd}", "one feature per district")
        )
    return outlines


def describe() -> pd.DataFrame:
    """What every column means: table, heading_vi, heading_en, column, name_vi, meaning_en, unit,
    allowed."""
    return pd.DataFrame(list(_descriptions()))


def _descriptions() -> Iterator[dict[str, str]]:
    for name, table in TABLES.items():
        for column, info in columns(table).items():
            yield {
                "table": name,
                "heading_vi": table.heading,
                "heading_en": (table.__doc__ or "").split("\n")[0],
                "column": column,
                "name_vi": info.title or "",
                "meaning_en": info.description or "",
                "unit": (info.json_schema_extra or {}).get("unit", ""),
                "allowed": allowed(info),
            }
