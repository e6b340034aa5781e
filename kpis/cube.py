"""The additive cube of a run: day × site × field × channel, and its files.

In the file, site-days stand in the same table with field and channel −1; unit-days, the hours of
the day and the access table are files beside it.
"""

import datetime
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.reference import Reference, load
from kpis import access as ways
from kpis import hours as clock
from kpis import satisfaction
from kpis.measures import CELL, CHANNELS, HISTOGRAMS, SITE_DAY, UNIT_DAY
from kpis.reduce import DIMENSIONS, Sparse, reduce
from kpis.totals import Totals
from simulation.records import NEVER

FORMAT = "hanoi-centre-cube"
SCHEMA = 2
KEY = b"centre.cube"
UNITS_FILE, HOURS_FILE, ACCESS_FILE = "units.parquet", "hours.parquet", "access.parquet"
UNIT_MEASURES = (*(m.name for m in UNIT_DAY), "unit_backlog")
UNIT_COLUMNS = {"day": "int16", "unit": "int16"} | dict.fromkeys(UNIT_MEASURES, "int64")
SITE_BOOK = (
    "id",
    "name_vi",
    "name_en",
    "kind",
    "district_code",
    "lat",
    "lon",
    "units",
    "opens_day",
    "closes_day",
)
BOOKS = {
    "sites": SITE_BOOK,
    "units": ("id", "name_vi", "name_en", "district_code", "field", "officers"),
    "fields": ("id", "name_vi", "name_en", "level", "pool"),
    "districts": ("code", "name"),
}


class CubeError(ValueError):
    """A cube file cannot be used; the message names the file and says why.

    Attributes:
        path: of the file.
    """

    def __init__(self, reason: str, path: Path | None = None):
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path


@dataclass(frozen=True)
class Meta:
    """Where a cube comes from. ``phases`` holds the phase of each day, ``working`` whether it is
    a working day; ``sum_id`` ties the files of one cube together."""

    scenario: str
    hash: str
    title_vi: str
    title_en: str
    seed: int
    replication: int
    start: datetime.date
    days: int
    phases: tuple[int, ...]
    working: tuple[bool, ...]
    code_version: str
    data_version: str
    sum_id: str = ""


@dataclass(eq=False)
class Cube:
    """Sums by cell, with the books that give the codes their names.

    ``cells``: day, site, field, channel and the measures of ``measures.CELL``, ordered by these;
    ``histograms``: by name, per cell; ``site_days``: day, site and ``measures.SITE_DAY``;
    ``unit_days``: day, unit, ``measures.UNIT_DAY`` and unit_backlog; ``hours``: see
    ``hours.table``; ``access``: see ``access.table``. ``sites``, ``units``, ``fields``,
    ``districts``: row number = code.
    """

    meta: Meta
    sites: pd.DataFrame
    units: pd.DataFrame
    fields: pd.DataFrame
    districts: pd.DataFrame
    cells: dict[str, np.ndarray]
    histograms: dict[str, Sparse]
    site_days: dict[str, np.ndarray]
    unit_days: dict[str, np.ndarray]
    hours: dict[str, np.ndarray]
    access: pd.DataFrame

    def __len__(self) -> int:
        return len(self.cells["day"])

    @property
    def start(self) -> datetime.date:
        """First day."""
        return self.meta.start

    @property
    def end(self) -> datetime.date:
        """Day after the last."""
        return self.meta.start + datetime.timedelta(days=self.meta.days)

    @property
    def days(self) -> int:
        """Length of the horizon."""
        return self.meta.days

    @cached_property
    def totals(self) -> Totals:
        """Cumulative sums from which every slice is answered."""
        return Totals(self)

    def day_of(self, date: datetime.date) -> int:
        """Day number of a date, cut to the horizon."""
        return min(max((date - self.meta.start).days, 0), self.meta.days)

    def date_of(self, day: int) -> datetime.date:
        """Date of a day number."""
        return self.meta.start + datetime.timedelta(days=int(day))

    def frame(self) -> pd.DataFrame:
        """The cells with dates and ids in place of codes, without histograms."""
        frame = pd.DataFrame(self.cells)
        frame["day"] = pd.to_datetime(self.start) + pd.to_timedelta(frame["day"], unit="D")
        frame["site"] = self.sites["id"].to_numpy()[frame["site"]]
        frame["field"] = self.fields["id"].to_numpy()[frame["field"]]
        frame["channel"] = np.array(CHANNELS)[frame["channel"]]
        return frame

    def write(self, path: str | Path) -> None:
        """Write ``path`` (cube.parquet) and, beside it, units.parquet, hours.parquet and
        access.parquet.

        Each is written under a temporary name; the cube itself appears last. Raises OSError.
        """
        path = Path(path)
        mark = {"format": FORMAT, "schema": SCHEMA, "sum_id": self.meta.sum_id}
        access = {name: self.access[name].to_numpy() for name in self.access}
        files = {
            path.with_name(UNITS_FILE): _arrow(self.unit_days, mark | {"table": "units"}),
            path.with_name(HOURS_FILE): _arrow(self.hours, mark | {"table": "hours"}),
            path.with_name(ACCESS_FILE): _arrow(access, mark | {"table": "access"}),
            path: self._table(mark | {"table": "cube"}),
        }
        temporary = {file: file.with_name(f".{file.name}.{os.getpid()}.tmp") for file in files}
        try:
            for file, table in files.items():
                pq.write_table(table, temporary[file], compression="zstd", write_page_checksum=True)
            for file, name in temporary.items():
                os.replace(name, file)
        finally:
            for name in temporary.values():
                name.unlink(missing_ok=True)

    def _table(self, mark: dict) -> pa.Table:
        """Cells and site-days as one table; the histograms are list columns."""
        cells, site_days = self.cells, self.site_days
        more = len(site_days["day"])
        columns = {
            "day": np.append(cells["day"], site_days["day"]),
            "site": np.append(cells["site"], site_days["site"]),
            "field": np.append(cells["field"], np.full(more, NEVER, np.int8)),
            "channel": np.append(cells["channel"], np.full(more, NEVER, np.int8)),
        }
        for measure in CELL:
            columns[measure.name] = np.append(
                cells[measure.name], np.zeros(more, cells[measure.name].dtype)
            )
        for measure in SITE_DAY:
            columns[measure.name] = np.append(
                np.zeros(len(self), np.int64), site_days[measure.name]
            )
        for name, sparse in self.histograms.items():
            offsets = np.append(sparse.offsets, np.full(more, sparse.offsets[-1], np.int32))
            columns[f"{name}_bins"] = pa.ListArray.from_arrays(offsets, sparse.bins)
            columns[f"{name}_counts"] = pa.ListArray.from_arrays(offsets, sparse.counts)
        meta = asdict(self.meta) | {
            "start": self.meta.start.isoformat(),
            "phases": "".join(map(str, self.meta.phases)),
            "working": "".join("1" if day else "0" for day in self.meta.working),
        }
        books = {name: _book(getattr(self, name), names) for name, names in BOOKS.items()}
        widths = {h.name: {"width_ms": h.width_ms, "bins": h.bins} for h in HISTOGRAMS}
        notes = {"meta": meta, "books": books, "channels": CHANNELS, "histograms": widths}
        return _arrow(columns, mark | notes)

    @classmethod
    def read(cls, path: str | Path) -> "Cube":
        """The cube in ``path``, ready to be asked. Raises CubeError if it is missing, damaged,
        incomplete or not a cube of this version."""
        path = Path(path)
        try:
            table, notes = _read(path, "cube")
            units, unit_mark = _read(path.with_name(UNITS_FILE), "units")
            hours, hour_mark = _read(path.with_name(HOURS_FILE), "hours")
            access, access_mark = _read(path.with_name(ACCESS_FILE), "access")
            cube = _from_tables(table, notes, units, hours, access)
            marks = {mark["sum_id"] for mark in (notes, unit_mark, hour_mark, access_mark)}
            if marks != {cube.meta.sum_id} or cube.meta.sum_id != _sum_id(cube):
                raise CubeError("the files beside it belong to another run, or have changed")
        except CubeError as error:
            raise error if error.path else CubeError(str(error), path) from None
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise CubeError(f"is damaged ({type(error).__name__}: {error})", path) from None
        cube.totals.prepare()
        return cube


def build(result, reference: Reference | None = None, code_version: str | None = None) -> Cube:
    """Reduce the records of a run (``simulation.Result``) to its cube.

    Scores every dossier and adds the scores to ``result.dossiers`` as ``satisfaction``,
    ``satisfaction_<factor>``, ``complaint`` and ``complaint_on_time``.
    """
    reference = reference or load()
    plan, scenario = result.plan, result.scenario
    hours = clock.table(result.visits, plan)  # first, while there is room
    scores = satisfaction.score(
        result.dossiers, result.visits, reference, scenario.seed, result.replication
    )
    dimensions, columns, histograms = reduce(
        result.dossiers, result.visits, scores, plan, reference
    )
    for name, values in scores.items():
        result.dossiers[_record_name(name)] = values
    cube = Cube(
        meta=Meta(
            scenario=scenario.name,
            hash=scenario.hash,
            title_vi=scenario.title.vi,
            title_en=scenario.title.en,
            seed=int(scenario.seed),
            replication=int(result.replication),
            start=plan.start,
            days=int(plan.days),
            phases=tuple(int(phase) for phase in plan.phase_of_day),
            working=tuple(bool(day) for day in plan.calendar.working[: plan.days]),
            code_version=code_version_of_source() if code_version is None else code_version,
            data_version=reference.version,
        ),
        cells=dimensions | columns,
        histograms=histograms,
        site_days=_site_days(result.site_days),
        unit_days=_unit_days(result.unit_days),
        hours=hours,
        access=ways.table(plan, scenario, reference),
        **{name: getattr(plan, name)[list(names)].copy() for name, names in BOOKS.items()},
    )
    cube.meta = Meta(**{**vars(cube.meta), "sum_id": _sum_id(cube)})
    return cube


def _site_days(records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    names = {
        "counter_capacity_ms": "capacity_ms",
        "counter_busy_ms": "busy_ms",
        "queue_ms": "queue_ms",
        "waiting_at_close": "waiting_at_close",
    }
    return {name: records[name].astype(DIMENSIONS[name]) for name in ("day", "site")} | {
        name: records[column].astype(np.int64) for name, column in names.items()
    }


def _unit_days(records: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        name: records[name.removeprefix("unit_")].astype(dtype)
        for name, dtype in UNIT_COLUMNS.items()
    }


def _record_name(name: str) -> str:
    """Column of the dossier records for a score."""
    if name == "overall":
        return "satisfaction"
    return f"satisfaction_{name}" if name in satisfaction.FACTORS else name


def code_version_of_source() -> str:
    """First 12 hex digits of SHA-256 over the source of the model and of the measures."""
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parent.parent
    for package in ("simulation", "kpis"):
        for file in sorted((root / package).glob("*.py")):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def _sum_id(cube: Cube) -> str:
    """Digest of where the cube comes from, its books, its sums and its access table.

    Parquet guards its pages by checksums but not its footer, where names and notes stand.
    """
    origin = {key: value for key, value in asdict(cube.meta).items() if key != "sum_id"}
    books = {name: _book(getattr(cube, name), names) for name, names in BOOKS.items()}
    digest = hashlib.blake2b(_json([origin, books]), digest_size=8)
    sums = [
        (name, len(values), int(values.sum(dtype=np.int64)))
        for table in (cube.cells, cube.site_days, cube.unit_days, cube.hours)
        for name, values in table.items()
    ]
    for name, sparse in cube.histograms.items():
        weighted = np.dot(sparse.bins.astype(np.int64), sparse.counts)
        sums.append((name, len(sparse.bins), int(sparse.counts.sum(dtype=np.int64)), int(weighted)))
    digest.update(_json(sums))
    for name in cube.access:
        values = cube.access[name].to_numpy()
        text = values.dtype.kind not in "iuf"
        digest.update(_json([name, values.tolist()]) if text else name.encode() + values.tobytes())
    return digest.hexdigest()


def _json(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=_plain).encode()


# ── files ──────────────────────────────────────────────────────────────────────────────────────


def _arrow(columns: Mapping[str, np.ndarray | pa.Array], notes: dict) -> pa.Table:
    arrays = {
        name: values if isinstance(values, pa.Array) else pa.array(values)
        for name, values in columns.items()
    }
    table = pa.table(arrays)
    return table.replace_schema_metadata({KEY: _json(notes)})


def _plain(value):
    return value.item() if isinstance(value, np.generic) else str(value)


def _book(frame: pd.DataFrame, names: tuple[str, ...]) -> dict:
    columns = {name: frame[name].tolist() for name in names}
    return {"columns": list(columns), "data": list(columns.values())}


def _read(path: Path, what: str) -> tuple[pa.Table, dict]:
    """A file of a cube and its notes."""
    if not path.is_file():
        raise CubeError("no such file", path)
    try:
        table = pq.ParquetFile(path, page_checksum_verification=True).read()
    except (pa.ArrowException, OSError, EOFError) as error:
        reason = str(error).split("\n")[0]
        raise CubeError(f"is damaged or not a Parquet file ({reason})", path) from None
    text = (table.schema.metadata or {}).get(KEY)
    if text is None:
        raise CubeError("is a Parquet file, but not of a cube", path)
    notes = json.loads(text)
    if notes.get("format") != FORMAT or notes.get("table") != what:
        raise CubeError(f"holds {notes.get('table')!r}, expected {what!r}", path)
    if notes.get("schema") != SCHEMA:
        raise CubeError(
            f"has version {notes.get('schema')} of the cube's form, expected {SCHEMA}; "
            "run the scenario again",
            path,
        )
    return table, notes


def _from_tables(
    table: pa.Table, notes: dict, units: pa.Table, hours: pa.Table, access: pa.Table
) -> Cube:
    widths = {h.name: {"width_ms": h.width_ms, "bins": h.bins} for h in HISTOGRAMS}
    if notes["histograms"] != widths or tuple(notes["channels"]) != CHANNELS:
        raise CubeError("the cube was made with other bins or channels; run the scenario again")
    meta = notes["meta"]
    books = {
        name: pd.DataFrame(dict(zip(book["columns"], book["data"], strict=True)))
        for name, book in notes["books"].items()
    }
    is_cell = _column(table, "field", "int8") >= 0
    count = int(is_cell.sum())
    if not is_cell[:count].all():
        raise CubeError("the cube's rows are not in order")
    columns = {name: _column(table, name, dtype) for name, dtype in DIMENSIONS.items()}
    cells = {name: values[:count] for name, values in columns.items()}
    cells |= {m.name: _column(table, m.name, m.dtype)[:count] for m in CELL}
    site_days = {name: columns[name][count:] for name in ("day", "site")}
    site_days |= {m.name: _column(table, m.name, m.dtype)[count:] for m in SITE_DAY}
    cube = Cube(
        meta=Meta(
            **{
                **meta,
                "start": datetime.date.fromisoformat(meta["start"]),
                "phases": tuple(int(phase) for phase in meta["phases"]),
                "working": tuple(day == "1" for day in meta["working"]),
            },
        ),
        **books,
        cells=cells,
        histograms={h.name: _lists(table, h, count) for h in HISTOGRAMS},
        site_days=site_days,
        unit_days={name: _column(units, name, dtype) for name, dtype in UNIT_COLUMNS.items()},
        hours={name: _column(hours, name, dtype) for name, dtype in clock.COLUMNS.items()},
        access=access.to_pandas(),
    )
    _check_codes(cube)
    return cube


def _column(table: pa.Table, name: str, dtype: str) -> np.ndarray:
    if name not in table.column_names:
        raise CubeError(f"the cube has no column '{name}'")
    column = table.column(name).combine_chunks()
    if str(column.type) != dtype or column.null_count:
        raise CubeError(f"the cube's column '{name}' is {column.type}, expected {dtype} throughout")
    return column.to_numpy(zero_copy_only=False)


def _lists(table: pa.Table, histogram, count: int) -> Sparse:
    bins = table.column(f"{histogram.name}_bins").combine_chunks()
    counts = table.column(f"{histogram.name}_counts").combine_chunks()
    sparse = Sparse(
        bins.offsets.to_numpy()[: count + 1].astype(np.int32),
        bins.flatten().to_numpy(zero_copy_only=False),
        counts.flatten().to_numpy(zero_copy_only=False),
    )
    same = np.array_equal(bins.offsets.to_numpy(), counts.offsets.to_numpy())
    if not same or sparse.bins.max(initial=0) >= histogram.size:
        raise CubeError(f"the cube's histogram '{histogram.name}' does not fit together")
    return sparse


def _check_codes(cube: Cube) -> None:
    """Every code must stand in its book."""
    allowed = {
        "day": cube.days,
        "site": len(cube.sites),
        "field": len(cube.fields),
        "channel": len(CHANNELS),
        "unit": len(cube.units),
        "hour": clock.HOURS,
    }
    for table in (cube.cells, cube.site_days, cube.unit_days, cube.hours):
        for name in allowed.keys() & table.keys():
            codes = table[name]
            if len(codes) and not (codes.min() >= 0 and codes.max() < allowed[name]):
                raise CubeError(f"the cube has a code of '{name}' outside 0..{allowed[name] - 1}")
    if len(cube.meta.phases) != cube.days or len(cube.meta.working) != cube.days:
        raise CubeError("the cube's calendar does not have as many days as its horizon")
