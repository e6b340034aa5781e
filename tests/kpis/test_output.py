"""The folder of a run: what is in it, and that it is whole or absent."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import kpis
from kpis import output
from kpis.output import OutputError
from simulation import fastest, load_scenario, simulate
from simulation.records import DOSSIER, NEVER, VISIT, Channel, State


@pytest.fixture(scope="module")
def result():
    sets = ("horizon.end=2024-10-08", "demand.level=0.002")
    return simulate(load_scenario("plan-30-branches", sets))


@pytest.fixture(scope="module")
def cube(result):
    return kpis.build(result)


@pytest.fixture(scope="module")
def folder(result, cube, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out") / "run"
    output.write_result(folder, result, cube)
    return folder


@pytest.fixture
def files(monkeypatch):
    """Two small files in place of a run's results."""

    def write(folder, text="new", *_):
        for name in (output.KPIS_FILE, output.SCENARIO_FILE):
            (folder / name).write_text(str(text))

    monkeypatch.setattr(output, "write_files", write)
    return write


def replace(folder, text="new"):
    with output.whole_folder(folder) as partial, output.explained(folder):
        output.write_files(partial, text)


# ── what is in it ──────────────────────────────────────────────────────────────────────────────


def test_the_folder_holds_all_files_and_nothing_else(folder):
    assert {file.name for file in folder.iterdir()} == set(output.FILES)
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_the_same_run_gives_the_same_bytes(folder, result, tmp_path):
    output.write_result(tmp_path / "again", result)
    for name in output.FILES:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_every_dossier_and_every_visit_is_a_row_with_all_its_columns(folder, result):
    dossiers = pq.read_table(folder / output.DOSSIERS_FILE)
    assert {c.name for c in DOSSIER} | {"satisfaction", "complaint"} <= set(dossiers.column_names)
    assert dossiers["number"].to_pylist() == list(range(len(result.dossiers["leader"])))
    visits = pq.read_table(folder / output.VISITS_FILE)
    assert visits.column_names == [c.name for c in VISIT]
    assert visits.num_rows == len(result.visits["leader"]) > 0


def test_codes_are_readable_ids(folder, result):
    table = pq.read_table(folder / output.DOSSIERS_FILE)
    books = {
        "commune": result.plan.communes["code"],
        "field": result.plan.fields["id"],
        "procedure": result.plan.procedures["id"],
        "unit": result.plan.units["id"],
    }
    for name, book in books.items():
        expected = book.to_numpy()[result.dossiers[name]].tolist()
        assert table[name].to_pylist() == expected, name
    for name, words in {"channel": Channel, "state": State}.items():
        expected = [words(code).name.lower() for code in result.dossiers[name]]
        assert table[name].to_pylist() == expected, name
    sites = pq.read_table(folder / output.VISITS_FILE)["site"].to_pylist()
    assert sites == result.plan.sites["id"].to_numpy()[result.visits["site"]].tolist()


def test_what_has_not_happened_is_null(folder, result):
    table = pq.read_table(folder / output.DOSSIERS_FILE)
    for name in ("received_ms", "ready_ms", "site"):
        values = result.dossiers[name]
        never = values == NEVER
        assert never.any() or name == "site"
        assert table[name].is_null().to_pylist() == never.tolist()
    ready = table["ready_ms"].drop_null().to_numpy()
    assert (ready == result.dossiers["ready_ms"][result.dossiers["ready_ms"] != NEVER]).all()
    not_scored = np.isnan(result.dossiers["satisfaction"]).tolist()
    assert table["satisfaction"].is_null().to_pylist() == not_scored


def test_a_column_says_its_unit_and_meaning_and_the_file_its_run(folder, result):
    schema = pq.read_schema(folder / output.DOSSIERS_FILE)
    wait = next(c for c in DOSSIER if c.name == "wait_ms")
    metadata = schema.field("wait_ms").metadata
    assert (metadata[b"unit"].decode(), metadata[b"meaning"].decode()) == (wait.unit, wait.meaning)
    assert schema.metadata[b"hash"].decode() == result.scenario.hash
    assert schema.metadata[b"start"] == b"2024-10-01"


def test_kpis_json_has_the_agreed_form_without_an_interval(folder, result, cube):
    document = json.loads((folder / output.KPIS_FILE).read_text(encoding="utf-8"))
    values = document.pop("kpis")
    assert document == {
        "scenario": "plan-30-branches",
        "hash": result.scenario.hash,
        "seed": result.scenario.seed,
        "replications": 1,
        "engine": fastest(),
    }
    assert set(values) == set(kpis.REGISTRY)
    keys = {"value", "low", "high", "unit", "target", "numerator", "denominator"}
    assert all(set(value) == keys for value in values.values())
    assert all(value["low"] is value["high"] is None for value in values.values())
    expected = kpis.compute(cube)["dossiers_received"]
    assert values["dossiers_received"]["value"] == expected.value > 0


def test_numbers_that_are_not_finite_are_missing():
    assert [output.number(x) for x in (float("nan"), np.inf, None)] == [None] * 3
    assert output.number(np.float32(0.5)) == 0.5
    assert isinstance(output.number(np.int64(3)), int)


def test_the_scenario_can_be_loaded_again(folder, result):
    assert load_scenario(folder / output.SCENARIO_FILE) == result.scenario


def test_the_cube_can_be_read_again(folder, cube):
    assert kpis.compute(kpis.Cube.read(folder / output.CUBE_FILE)) == kpis.compute(cube)


# ── whole or absent ────────────────────────────────────────────────────────────────────────────


def test_a_former_run_is_replaced_as_a_whole(tmp_path, files):
    out = tmp_path / "new" / "run"
    replace(out, "old")
    replace(out)
    assert (out / output.KPIS_FILE).read_text() == "new"
    assert [path.name for path in out.parent.iterdir()] == ["run"]


def test_a_failure_leaves_the_former_run_and_nothing_else(tmp_path, files):
    replace(tmp_path / "run", "old")
    with pytest.raises(KeyboardInterrupt), output.whole_folder(tmp_path / "run") as partial:
        files(partial)
        raise KeyboardInterrupt
    assert (tmp_path / "run" / output.KPIS_FILE).read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_failure_leaves_no_parent_folders_either(tmp_path):
    with pytest.raises(ZeroDivisionError), output.whole_folder(tmp_path / "a" / "b" / "run"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_when_the_last_renaming_fails_the_former_run_comes_back(tmp_path, files, monkeypatch):
    out = tmp_path / "run"
    replace(out, "old")
    rename = Path.rename

    def fail(self, target):
        if self.name.endswith(output.PARTIAL):
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OutputError, match="cannot be written"):
        replace(out)
    monkeypatch.undo()
    assert (out / output.KPIS_FILE).read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_a_killed_writer_left_is_removed_and_a_living_writers_work_is_kept(tmp_path, files):
    dead = tmp_path / f".run.{2**22 + 1}.abcd1234.partial"
    living = tmp_path / f".run.{os.getpid()}.abcd1234.partial"
    other = tmp_path / f".running.{2**22 + 1}.abcd1234.partial"
    for path in (dead, living, other):
        path.mkdir()
    replace(tmp_path / "run")
    assert not dead.exists()
    assert living.exists() and other.exists()


@pytest.mark.parametrize(
    ("number", "en", "vi"),
    [
        (errno.ENOSPC, "the disk is full; free some space", "ổ đĩa đã đầy"),
        (errno.EDQUOT, "the disk is full; free some space", "ổ đĩa đã đầy"),
        (errno.EACCES, "may not be written", "không có quyền ghi"),
        (errno.EROFS, "can only be read", "chỉ đọc"),
        (errno.EIO, r"cannot be written \(Input/output error\)", "không ghi được"),
    ],
)
def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(
    tmp_path, monkeypatch, number, en, vi
):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match=en) as refused:
        output.check_destination(tmp_path / "run")
    assert vi in refused.value.vi
    assert str(refused.value).startswith(f"{tmp_path / 'run'}: ")


def test_a_disk_that_fills_up_while_writing_is_named(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(output, "write_files", full)
    with pytest.raises(OutputError, match="the disk is full"):
        replace(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_under_one_of_the_files_is_named(tmp_path, result, monkeypatch):
    begun = []

    def full(path, *_):
        begun.append(path.name)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(output, "_write_table", full)
    with pytest.raises(OutputError, match="the disk is full"):
        output.write_result(tmp_path / "run", result)
    assert begun and list(tmp_path.iterdir()) == []


def test_a_destination_may_be_new_empty_or_a_former_run(tmp_path, files):
    (tmp_path / "empty").mkdir()
    replace(tmp_path / "former")
    for name in ("empty", "former", "new/and/deep"):
        assert output.check_destination(tmp_path / name) == tmp_path / name
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "former"}


def test_a_folder_with_other_files_is_refused_and_kept(tmp_path, files, result):
    replace(tmp_path / "run")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds files that are not results of a run"):
        output.write_result(tmp_path / "run", result)
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


def test_a_file_the_current_folder_and_a_broken_path_are_refused(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for out, reason in {
        tmp_path / "file": "is a file",
        tmp_path / "file" / "run": "a part of its path is a file",
        ".": "is the folder you are in",
        "..": "is the folder you are in, or holds it",
        "x" * 300: "has too long a name",
        "a\0b": "is not a path",
    }.items():
        with pytest.raises(OutputError, match=reason):
            output.check_destination(out)
