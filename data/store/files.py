"""Folders of runs: ``var/runs/<id>`` whole or absent, with the worker's log beside it."""

import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.store.errors import StoreError
from kpis import Cube, CubeError, Value, output

RUNS = "runs"
TABLES = {"dossiers": output.DOSSIERS_FILE, "visits": output.VISITS_FILE}


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
    replications: Sequence[dict[str, Value]] = (),
    before_it_appears: Callable[[], None] = lambda: None,
) -> None:
    """Write a run's folder (see ``kpis.output.write_files``), whole or not at all, replacing a
    former one. ``before_it_appears`` may raise to take it back. Raises StoreError.
    """
    with _explained(), output.whole_folder(folder) as partial:
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
        raise _unreadable(folder, error) from error


def read_records(
    folder: Path,
    columns: Collection[str] | None = None,
    table: str = "dossiers",
    filters: Any = None,
) -> pa.Table:
    """Records of a run: all columns of ``dossiers`` or ``visits``, or those named, in that order.

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
        raise _unreadable(folder, error) from error


def _unreadable(folder: Path, error: Exception) -> StoreError:
    reason = str(error).split("\n")[0]
    return StoreError(
        f"The results of run {folder.name} cannot be read ({reason}); run it again.",
        f"Không đọc được kết quả của lượt mô phỏng {folder.name} ({reason}); hãy chạy lại.",
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
