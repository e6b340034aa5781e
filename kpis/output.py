"""Writes what a run leaves behind into one folder: records, cube, KPIs and scenario.

    dossiers.parquet  visits.parquet  requests.parquet  cube.parquet  units.parquet  hours.parquet
    access.parquet  replications.parquet  kpis.json  scenario.yaml

The folder is whole or absent: everything is written beside it under a hidden name, forced to disk
and renamed. The same run gives the same bytes.
"""

import errno
import json
import math
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import kpis
from kpis import findings
from kpis.cube import ACCESS_FILE, HOURS_FILE, UNITS_FILE, Cube, build
from kpis.ensemble import combined
from simulation.plan import POOLS
from simulation.records import (
    DOSSIER,
    NEVER,
    REQUEST,
    VISIT,
    Channel,
    Column,
    Mode,
    Outcome,
    Purpose,
    ResultChannel,
    State,
)

DOSSIERS_FILE, VISITS_FILE = "dossiers.parquet", "visits.parquet"
REQUESTS_FILE, CUBE_FILE = "requests.parquet", "cube.parquet"
REPLICATIONS_FILE = "replications.parquet"
KPIS_FILE, SCENARIO_FILE = "kpis.json", "scenario.yaml"
FILES = (
    DOSSIERS_FILE,
    VISITS_FILE,
    REQUESTS_FILE,
    CUBE_FILE,
    UNITS_FILE,
    HOURS_FILE,
    ACCESS_FILE,
    REPLICATIONS_FILE,
    KPIS_FILE,
    SCENARIO_FILE,
)
AT_ONCE = 2  # files that are written at the same time; each takes memory
ROWS_PER_GROUP = 2**15  # one dossier is found by reading one group
PARTIAL, REPLACED = "partial", "replaced"
_NUMBER = Column("number", "int32", "dossier", "number of the dossier; leader refers to it")
_WORDS: dict[str, type[IntEnum]] = {
    "channel": Channel,
    "mode": Mode,
    "state": State,
    "result_channel": ResultChannel,
    "purpose": Purpose,
    "outcome": Outcome,
}
_REASONS = {
    errno.ENOSPC: (
        "the disk is full; free some space or choose a folder on another disk",
        "ổ đĩa đã đầy; hãy giải phóng dung lượng hoặc chọn thư mục trên ổ đĩa khác",
    ),
    errno.EACCES: (
        "may not be written; give yourself the right to write there or choose another folder",
        "không có quyền ghi; hãy cấp quyền ghi hoặc chọn thư mục khác",
    ),
    errno.EROFS: (
        "lies on a disk that can only be read; choose another folder",
        "nằm trên ổ đĩa chỉ đọc; hãy chọn thư mục khác",
    ),
    errno.ENOTDIR: (
        "cannot be made, a part of its path is a file; choose another folder",
        "không tạo được vì một phần đường dẫn là tệp; hãy chọn thư mục khác",
    ),
    errno.ENAMETOOLONG: (
        "has too long a name; choose a shorter one",
        "có tên quá dài; hãy chọn tên ngắn hơn",
    ),
}
_REASONS[errno.EDQUOT] = _REASONS[errno.EFBIG] = _REASONS[errno.ENOSPC]
_REASONS[errno.EPERM] = _REASONS[errno.EACCES]


class OutputError(OSError):
    """A folder cannot take the results; says which, why and what to do (``vi``: in Vietnamese)."""

    def __init__(self, folder: Path | str, en: str, vi: str, number: int = errno.EINVAL):
        super().__init__(number, en, str(folder))
        self.en = f"{folder}: {en}"
        self.vi = f"{folder}: {vi}"

    def __str__(self) -> str:
        return self.en


def refusal(folder: Path | str, error: OSError) -> OutputError:
    """An operating system's error about a folder, as a sentence for the person."""
    known = _REASONS.get(error.errno)
    reason = error.strerror or str(error).split("\n")[0]
    en, vi = known or (f"cannot be written ({reason})", f"không ghi được ({reason})")
    return OutputError(folder, en, vi, error.errno or errno.EIO)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Errors of the operating system while results are written to a folder become OutputError."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise refusal(folder, error) from error


def check_destination(out: Path | str) -> Path:
    """The absolute path of a folder that may take the results, before anything is computed.

    It may be absent, empty or hold the results of a former run, which will be replaced. Raises
    OutputError for anything else and where nothing can be written. Leaves nothing behind.
    """
    try:
        folder = Path(out).resolve()
        with explained(folder):
            _check_replaceable(folder)
            try_writing(next(p for p in folder.parents if p.exists()))
    except (ValueError, RuntimeError):
        raise OutputError(
            repr(str(out)), "is not a path; choose another folder", "không phải là đường dẫn hợp lệ"
        ) from None
    return folder


def try_writing(folder: Path) -> None:
    """Make a folder in a folder and remove it again. Raises OSError."""
    trial = folder / f".{secrets.token_hex(8)}.{PARTIAL}"
    trial.mkdir()
    trial.rmdir()


def _check_replaceable(folder: Path) -> None:
    here = Path.cwd()
    if folder == here or folder in here.parents:
        raise OutputError(
            folder,
            "is the folder you are in, or holds it; name a folder inside it",
            "là thư mục hiện hành hoặc chứa thư mục hiện hành; hãy chọn một thư mục con",
        )
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(
            folder,
            "is a file, a folder is needed; choose another name",
            "là tệp, cần một thư mục; hãy chọn tên khác",
        )
    if folder.is_mount():
        raise OutputError(
            folder,
            "is a mounted disk; name a folder inside it",
            "là ổ đĩa gắn kết; hãy chọn một thư mục con",
        )
    if any(folder.iterdir()) and not is_output(folder):
        raise OutputError(
            folder,
            "holds files that are not results of a run; choose an empty or a new folder",
            "có tệp không phải kết quả mô phỏng; hãy chọn thư mục trống hoặc thư mục mới",
        )


def is_output(folder: Path) -> bool:
    """Whether a folder holds the results of a run and nothing else."""
    names = {entry.name for entry in folder.iterdir()}
    return {KPIS_FILE, SCENARIO_FILE} <= names <= set(FILES)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder to write into, which becomes ``folder`` when the block ends well.

    Replaces what was there. When the block fails nothing is left. Remains of writers that no
    longer live are removed. Raises OutputError; what the block raises is passed on as it is.
    """
    folder = Path(folder).resolve()
    missing: list[Path] = []
    try:
        with explained(folder):
            missing += [p for p in folder.parents if not p.exists()]
            folder.parent.mkdir(parents=True, exist_ok=True)
            _clean(folder)
            partial = _beside(folder, PARTIAL)
            partial.mkdir()
        try:
            yield partial
            with explained(folder):
                _sync(partial)
                _rename(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    finally:
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()


def _beside(folder: Path, ending: str) -> Path:
    name = f".{folder.name[:80]}.{os.getpid()}.{secrets.token_hex(4)}.{ending}"
    return folder.with_name(name)


def _clean(folder: Path) -> None:
    """Removes what dead writers of this folder left beside it."""
    for ending in (PARTIAL, REPLACED):
        prefix = f".{folder.name[:80]}."
        for left in folder.parent.glob(f".*.{ending}"):
            writer = left.name.removeprefix(prefix).partition(".")[0]
            if left.name.startswith(prefix) and writer.isdecimal() and not _lives(int(writer)):
                shutil.rmtree(left, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _sync(folder: Path) -> None:
    """Forces a folder's files to disk, then its list of them."""
    for path in (*sorted(folder.iterdir()), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _rename(partial: Path, folder: Path) -> None:
    replaced = None
    if folder.is_dir() and any(folder.iterdir()):
        replaced = _beside(folder, REPLACED)
        folder.rename(replaced)
    try:
        partial.rename(folder)
    except BaseException:
        if replaced:
            replaced.rename(folder)
        raise
    if replaced:
        shutil.rmtree(replaced, ignore_errors=True)
    handle = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_result(
    out: Path | str,
    result,
    cube: Cube | None = None,
    replications: pd.DataFrame | None = None,
) -> None:
    """Write the results of a run (``simulation.Result``) as the folder ``out``, whole or not.

    ``cube`` is built if not given. ``replications`` are the findings of all replications where
    there are several; records and cube are those of ``result``. Raises OutputError (see
    ``check_destination``).
    """
    folder = check_destination(out)
    cube = cube or build(result)
    with whole_folder(folder) as partial, explained(folder):
        write_files(partial, result, cube, replications)


def write_files(folder: Path, result, cube: Cube, replications: pd.DataFrame | None = None) -> None:
    """Write all files of a run into a folder that exists. Raises OSError."""
    write_records(folder, result, cube)
    write_findings(folder, result, findings.of(cube) if replications is None else replications)


def write_records(folder: Path, result, cube: Cube) -> None:
    """Write records and cube of one replication into a folder that exists. Raises OSError."""
    about = {
        "scenario": result.scenario.name,
        "hash": result.scenario.hash,
        "seed": int(result.scenario.seed),
        "replication": int(result.replication),
        "start": result.plan.start.isoformat(),
        "days": int(result.plan.days),
    }
    tables = (
        (folder / DOSSIERS_FILE, _numbered(result.dossiers), DOSSIER),
        (folder / VISITS_FILE, result.visits, VISIT),
        (folder / REQUESTS_FILE, result.requests, REQUEST),
    )
    with ThreadPoolExecutor(AT_ONCE) as writers:
        written = [writers.submit(_write_table, *table, result.plan, about) for table in tables]
        written.append(writers.submit(cube.write, folder / CUBE_FILE))
        try:
            for one in as_completed(written):
                one.result()
        except BaseException:
            writers.shutdown(cancel_futures=True)
            raise


def write_findings(folder: Path, result, replications: pd.DataFrame) -> None:
    """Write what all replications found, and the scenario, into a folder that exists. Raises
    OSError."""
    pq.write_table(
        findings.to_arrow(replications),
        folder / REPLICATIONS_FILE,
        compression="zstd",
        write_page_checksum=True,
    )
    text = json.dumps(
        kpis_document(result, replications), ensure_ascii=False, indent=1, allow_nan=False
    )
    (folder / KPIS_FILE).write_text(text + "\n", encoding="utf-8")
    (folder / SCENARIO_FILE).write_text(result.scenario.to_yaml(), encoding="utf-8")


def kpis_document(result, replications: pd.DataFrame) -> dict[str, Any]:
    """Contents of kpis.json: the whole horizon, from the findings of all replications; a single
    run has no interval."""
    values = combined(replications)
    return {
        "scenario": result.scenario.name,
        "hash": result.scenario.hash,
        "seed": int(result.scenario.seed),
        "replications": int(replications["replication"].nunique()),
        "engine": result.engine,
        "kpis": {
            name: {
                "value": number(value.value),
                "low": number(value.low),
                "high": number(value.high),
                "unit": kpis.REGISTRY[name].unit,
                "target": number(value.target),
                "numerator": number(value.numerator),
                "denominator": number(value.denominator),
            }
            for name, value in values.items()
        },
    }


def number(value: Any) -> float | int | None:
    """A number as JSON and SQL know it: None for what is missing or not finite."""
    if value is None:
        return None
    value = value.item() if isinstance(value, np.generic) else value
    return value if math.isfinite(value) else None


def _numbered(dossiers: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    rows = len(dossiers["leader"])
    return {_NUMBER.name: np.arange(rows, dtype=_NUMBER.dtype), **dossiers}


def _write_table(
    path: Path,
    columns: Mapping[str, np.ndarray],
    described: tuple[Column, ...],
    plan,
    about: dict[str, Any],
) -> None:
    """Records as Parquet: ids in place of codes, null in place of NEVER and of no score.

    Unit and meaning of a column are metadata of its field; ``about`` is metadata of the file.
    """
    words = _words(plan)
    meanings = {column.name: column for column in (_NUMBER, *described)}
    arrays = [_arrow(values, words.get(name)) for name, values in columns.items()]
    schema = pa.schema(
        [
            pa.field(name, array.type, metadata=_notes(meanings.get(name)))
            for name, array in zip(columns, arrays, strict=True)
        ],
        metadata={key: str(value) for key, value in about.items()},
    )
    table = pa.Table.from_arrays(arrays, schema=schema)
    few = [f.name for f in schema if pa.types.is_dictionary(f.type) or _is_small(f.type)]
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=1,
        row_group_size=ROWS_PER_GROUP,
        use_dictionary=few,
        column_encoding={f.name: _encoding(f.type) for f in schema if _encoding(f.type)},
        write_page_checksum=True,
    )


def _words(plan) -> dict[str, list[str]]:
    """The ids that the codes of each coded column stand for."""
    books = {
        "commune": plan.communes["code"],
        "field": plan.fields["id"],
        "procedure": plan.procedures["id"],
        "site": plan.sites["id"],
        "unit": plan.units["id"],
    }
    return (
        {name: [str(word) for word in book] for name, book in books.items()}
        | {name: [member.name.lower() for member in words] for name, words in _WORDS.items()}
        | {"pool": list(POOLS)}
    )


def _arrow(values: np.ndarray, words: list[str] | None) -> pa.Array:
    if values.dtype.kind == "f":
        return pa.array(values, from_pandas=True)
    never = values == NEVER if values.dtype.kind == "i" and len(values) else None
    array = pa.array(values, mask=never if never is not None and never.any() else None)
    return array if words is None else pa.DictionaryArray.from_arrays(array, words)


def _notes(column: Column | None) -> dict[str, str] | None:
    return {"unit": column.unit, "meaning": column.meaning} if column else None


def _is_small(kind: pa.DataType) -> bool:
    return kind in (pa.int8(), pa.int16())


def _encoding(kind: pa.DataType) -> str | None:
    """Differences suit times, which grow down the table; few small numbers suit a dictionary."""
    if kind in (pa.int32(), pa.int64()):
        return "DELTA_BINARY_PACKED"
    return "BYTE_STREAM_SPLIT" if pa.types.is_floating(kind) else None
