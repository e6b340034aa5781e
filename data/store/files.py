"""Folders of runs: ``var/runs/<id>`` whole or absent, with the worker's log beside it.

While an ensemble is being made, the findings of its finished replications are kept one by one in
``var/replications/<id>``, so that a run that died goes on where it was.
"""

import logging
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.store.errors import StoreError
from kpis import Cube, CubeError, findings, output

log = logging.getLogger(__name__)
RUNS, REPLICATIONS = "runs", "replications"
MARK = b"centre.replication"
TABLES = {
    "dossiers": output.DOSSIERS_FILE,
    "visits": output.VISITS_FILE,
    "requests": output.REQUESTS_FILE,
}


def prepare(var: Path) -> Path:
    """Make the var folder and see that it may be written; its absolute path. Raises StoreError."""
    folder = Path(var).absolute()
    with _explained():
        try:
            (folder / RUNS).mkdir(parents=True, exist_ok=True)
            output.try_writing(folder / RUNS)
        except OSError as error:
            raise output.refusal(folder, error) from error
    return folder


def run_folder(var: Path, run_id: str) -> Path:
    """Where the results of a run are."""
    return var / RUNS / run_id


def log_file(var: Path, run_id: str) -> Path:
    """What the worker of a run had to say."""
    return var / RUNS / f"{run_id}.log"


def write_result(
    folder: Path,
    result,
    cube: Cube,
    replications: pd.DataFrame | None = None,
    before_it_appears: Callable[[], None] = lambda: None,
) -> None:
    """Write a run's folder (see ``kpis.output.write_files``), whole or not at all, replacing a
    former one. ``before_it_appears`` may raise to take it back. Raises StoreError.
    """
    with _explained(), output.whole_folder(folder) as partial:
        with output.explained(folder):
            output.write_files(partial, result, cube, replications)
        before_it_appears()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except output.OutputError as error:
        raise StoreError(f"The folder {error.en}.", f"Thư mục {error.vi}.") from error


def read_cube(folder: Path) -> Cube:
    """The cube of a run. Raises StoreError if it is missing, damaged or of another version."""
    try:
        return Cube.read(folder / output.CUBE_FILE)
    except (CubeError, OSError) as error:
        path = getattr(error, "path", None) or folder / output.CUBE_FILE
        raise _unreadable(path, error) from error


def read_replications(folder: Path) -> pd.DataFrame:
    """The findings of all replications of a run. Raises StoreError."""
    path = folder / output.REPLICATIONS_FILE
    try:
        return findings.from_arrow(pq.read_table(path, page_checksum_verification=True))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def keep_replication(var: Path, run_id: str, number: int, frame: pd.DataFrame, mark: str) -> None:
    """Keep the findings of one replication of a run that is being made. ``mark`` says of which
    scenario, seed and versions they are. Raises StoreError."""
    folder = var / REPLICATIONS / run_id
    table = findings.to_arrow(frame).replace_schema_metadata({MARK: mark.encode()})
    with _explained():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            partial = folder / f".{number}.{os.getpid()}.{output.PARTIAL}"
            pq.write_table(table, partial, compression="zstd", write_page_checksum=True)
            os.replace(partial, folder / f"{number}.parquet")
        except OSError as error:
            raise output.refusal(folder, error) from error


def kept_replications(var: Path, run_id: str, mark: str) -> dict[int, pd.DataFrame]:
    """Findings that were kept of a run, by number; what is damaged or of another mark is not."""
    found = {}
    for path in (var / REPLICATIONS / run_id).glob("*.parquet"):
        try:
            table = pq.read_table(path, page_checksum_verification=True)
            if (table.schema.metadata or {}).get(MARK) == mark.encode():
                found[int(path.stem)] = findings.from_arrow(table)
        except (pa.ArrowException, OSError, ValueError):
            continue
    return found


def forget_replications(var: Path, run_id: str) -> None:
    """Remove what was kept of a run that is done."""
    shutil.rmtree(var / REPLICATIONS / run_id, ignore_errors=True)


def read_records(
    folder: Path,
    columns: Collection[str] | None = None,
    table: str = "dossiers",
    filters: Any = None,
) -> pa.Table:
    """Records of a run: all columns of a table of ``TABLES``, or those named, in that order.

    Columns are those of ``simulation.records``, with ids in place of codes and null in place of
    NEVER; ``filters`` as in ``pyarrow.parquet.read_table``. Raises StoreError.
    """
    if table not in TABLES:
        raise StoreError(
            f"There are no records '{table}'; there are {', '.join(TABLES)}.",
            f"Không có bảng '{table}'; chỉ có {', '.join(TABLES)}.",
        )
    path = folder / TABLES[table]
    try:
        known = pq.read_schema(path).names
        unknown = sorted(set(columns or ()) - set(known))
        if unknown:
            raise StoreError(
                f"The {table} have no column {', '.join(unknown)}; there are {', '.join(known)}.",
                f"Bảng {table} không có cột {', '.join(unknown)}; chỉ có {', '.join(known)}.",
            )
        return pq.read_table(
            path,
            columns=None if columns is None else list(columns),
            filters=filters,
            page_checksum_verification=True,
        )
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> StoreError:
    """What people are told of a file of a run; the log has the path and the reason."""
    log.warning("%s cannot be read: %s", path, error)
    run_id, name = path.parent.name, path.name
    return StoreError(
        f"The results of run {run_id} cannot be read: file {name} is missing, damaged or of "
        "another version of the program; run it again.",
        f"Không đọc được kết quả của lượt mô phỏng {run_id}: tệp {name} bị thiếu, hỏng hoặc thuộc "
        "phiên bản khác của chương trình; hãy chạy lại.",
    )


def leftovers(var: Path) -> dict[Path, str]:
    """Folders of runs and unfinished folders beside them, each with the id of its run."""
    found = {}
    for path in (var / RUNS).glob("*"):
        name = path.name
        if name.endswith((f".{output.PARTIAL}", f".{output.REPLACED}")):
            name = name.removeprefix(".").rsplit(".", 3)[0]
        if path.is_dir():
            found[path] = name
    return found


def remove(paths: Collection[Path]) -> None:
    """Remove folders; what cannot be removed stays."""
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
