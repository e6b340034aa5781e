"""Runs: queued, claimed, made, read; and what happens when things go wrong."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

import kpis
from data.reference import load
from data.store import Runs, StoreError, UnknownRunError, files, lifecycle, open_store, processes
from data.store import runs as runs_module
from data.store.models import KpiRow, RunRow, ScenarioRow
from data.store.worker import work
from kpis import output
from kpis.ensemble import combined
from simulation import ScenarioError, fastest, load_scenario
from simulation.scenario import make_scenario


@pytest.fixture
def runs(store):
    return Runs(store)


@pytest.fixture
def model(small_result):
    """The model's answer without its work."""

    def answer(scenario, replication, progress):
        for day in range(8):
            progress(day, 7, 10 * day, 70)
        return small_result

    return answer


@pytest.fixture
def started(monkeypatch):
    """Runs that would be started; no process is made."""
    begun = []

    def spawn(_self, run_id, _attempt):
        begun.append(run_id)
        return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    monkeypatch.setattr(Runs, "_spawn", spawn)
    return begun


def change(store, run_id, **values):
    with store.write() as session:
        session.execute(sa.update(RunRow).where(RunRow.id == run_id).values(**values))


# ── from queued to done ────────────────────────────────────────────────────────────────────────


def test_a_new_run_waits_with_all_that_is_needed_to_repeat_it(runs, small):
    run = runs.get(runs.create(small, seed=5))
    assert (run.status, run.seed, run.replications) == ("queued", 5, 1)
    assert (run.scenario, run.hash, run.current) == (small.name, small.hash, True)
    assert (run.start, run.end) == (small.horizon.start, small.horizon.end)
    assert run.created.utcoffset() == timedelta(0)
    assert runs.scenario(run.id) == small.model_copy(update={"seed": 5})


def test_an_id_says_the_scenario_and_can_be_a_folder(runs, small):
    odd = small.model_copy(update={"name": "..-Quá-dài" + "x" * 40})
    assert runs.create(small).startswith("plan-30-branches-")
    assert lifecycle.new_id(odd.name).startswith("qu--d-ixxxx")
    assert len(lifecycle.new_id("..")) == len("run-123456")


def test_a_scenario_is_kept_once(runs, store, small):
    runs.create(small)
    runs.create(small, seed=9)
    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count(ScenarioRow.id))) == 1


def test_a_seed_or_replications_out_of_range_are_refused(runs, small):
    with pytest.raises(ScenarioError, match="seed"):
        runs.create(small, seed=-1)
    for count in (0, 1001, 1_000_000, 2.5):
        refusal = f"{count:,} replications are not allowed.*1 to 1,000"
        with pytest.raises(StoreError, match=refusal):
            runs.create(small, replications=count)


def test_a_finished_run_has_its_files_and_its_values(runs, store, small, small_result, model):
    run_id = runs.create(small)
    assert work(store, run_id, model=model) == "done"
    run = runs.get(run_id)
    assert run.status == "done" and run.finished >= run.started
    assert run.timings["write"] > 0 and run.environment["numpy"] and run.engine == fastest()
    assert {file.name for file in runs.folder(run_id).iterdir()} == set(output.FILES)
    values = runs.kpi_values([run_id]).set_index("kpi")["value"]
    expected = kpis.compute(runs.cube(run_id))
    assert values["dossiers_received"] == expected["dossiers_received"].value > 0
    assert set(values.index) == set(kpis.REGISTRY)
    monthly = runs.kpi_values([run_id], "2024-10").set_index("kpi")["value"]
    assert monthly["dossiers_received"] == values["dossiers_received"]
    assert runs.kpi_values([run_id], "phase_1").set_index("kpi")["low"].isna().all()
    table = runs.records(run_id, ["number", "state"])
    assert table.num_rows == len(small_result.dossiers["leader"])


def test_the_order_of_the_list_is_newest_first(runs, small):
    ids = [runs.create(small) for _ in range(3)]
    assert [run.id for run in runs.list()] == ids[::-1]


def test_progress_has_real_counts_and_ends_full(runs, store, small, small_result):
    run_id, seen = runs.create(small), []

    def model(_scenario, _replication, progress):
        for day in range(8):
            progress(day, 7, 10 * day, 70)
            attempt = 1
            lifecycle.beat(store, run_id, attempt, lifecycle.Counts("days", day, 7, 10 * day, 70))
            seen.append(runs.progress(run_id))
        return small_result

    work(store, run_id, model=model)
    assert [(p.step, p.day, p.days, p.dossiers, p.dossiers_total) for p in seen] == [
        ("days", day, 7, 10 * day, 70) for day in range(8)
    ]
    end = runs.progress(run_id)
    assert (end.status, end.step, end.day, end.days) == ("done", "", 7, 7)


def test_several_replications_give_a_mean_and_an_interval(runs, store, small):
    run_id = runs.create(small, replications=2)
    assert work(store, run_id) == "done"
    row = runs.kpi_values([run_id]).set_index("kpi").loc["dossiers_received"]
    assert row["low"] < row["value"] < row["high"]
    progress = runs.progress(run_id)
    assert (progress.days, progress.replications_done, progress.replications) == (14, 2, 2)
    table = runs.replications(run_id)
    assert combined(table)["dossiers_received"].low == row["low"]
    assert sorted(table["replication"].unique()) == [0, 1]
    assert not list((store.var / "replications").glob("*"))


def test_levers_that_contradict_each_other_are_refused_before_any_work(runs, small):
    closed = {"removed": True}
    sites = load().sites
    values = small.model_dump() | {"network": {"sites": dict.fromkeys(sites["id"], closed)}}
    nobody = make_scenario(values)
    with pytest.raises(ScenarioError):
        runs.create(nobody, replications=5)
    assert runs.list() == []


# ── who makes it ───────────────────────────────────────────────────────────────────────────────


def test_of_many_claims_at_once_one_succeeds(tmp_path, store, database, runs, small):
    run_id = runs.create(small)
    start, claims = threading.Barrier(6), []

    def server():
        other = open_store(tmp_path / "var", database, environment={})
        start.wait()
        claims.append(lifecycle.claim(other, run_id, os.getpid()))
        other.close()

    servers = [threading.Thread(target=server) for _ in range(6)]
    for thread in servers:
        thread.start()
    for thread in servers:
        thread.join()
    assert sorted(claims, key=bool) == [None] * 5 + [1]


def test_servers_that_start_at_once_share_one_default_run(
    tmp_path, store, database, small, started, monkeypatch
):
    monkeypatch.setattr(runs_module, "load_scenario", lambda _name: small)
    start, ids = threading.Barrier(4), []

    def server():
        other = open_store(tmp_path / "var", database, environment={})
        start.wait()
        ids.append(Runs(other).ensure_default())
        other.close()

    servers = [threading.Thread(target=server) for _ in range(4)]
    for thread in servers:
        thread.start()
    for thread in servers:
        thread.join()
    assert len(ids) == 4 and len(set(ids)) == 1
    assert started == ids[:1]


def test_a_finished_default_run_is_used_again(runs, store, small, model, started, monkeypatch):
    monkeypatch.setattr(runs_module, "load_scenario", lambda _name: small)
    run_id = runs.create(small)
    work(store, run_id, model=model)
    assert runs.ensure_default() == run_id
    assert started == []


def test_after_an_upgrade_the_default_is_made_anew_and_the_old_one_stays(
    runs, store, small, model, started, monkeypatch
):
    monkeypatch.setattr(runs_module, "load_scenario", lambda _name: small)
    old = runs.create(small)
    work(store, old, model=model)
    change(store, old, code_version="older")
    new = runs.ensure_default()
    assert started == [new] != [old]
    assert runs.get(old).status == "done" and not runs.get(old).current
    assert runs.cube(old).meta.scenario == small.name


def test_a_default_run_whose_files_are_gone_is_made_again(
    runs, store, small, model, started, monkeypatch
):
    monkeypatch.setattr(runs_module, "load_scenario", lambda _name: small)
    run_id = runs.ensure_default()
    change(store, run_id, status="queued")
    work(store, run_id, model=model)
    files.remove([runs.folder(run_id)])
    with pytest.raises(StoreError, match="is gone; it can be run again"):
        runs.cube(run_id)
    assert runs.ensure_default() == run_id
    assert started == [run_id, run_id]


def test_a_worker_that_comes_late_leaves_the_run_alone(runs, store, small, model):
    run_id = runs.create(small)
    attempt = lifecycle.claim(store, run_id, os.getpid())
    assert work(store, run_id, model=model) == "running"
    assert work(store, run_id, attempt + 1, model) == "running"
    assert work(store, run_id, attempt, model) == "done"
    assert work(store, run_id, model=model) == "done"


def test_a_worker_taken_for_dead_writes_nothing_when_it_wakes_up(runs, store, small, model):
    run_id = runs.create(small)

    def slept(scenario, replication, progress):
        lifecycle.stop(store, run_id, 1, "died")
        lifecycle.claim(store, run_id, os.getpid())
        return model(scenario, replication, progress)

    assert work(store, run_id, model=slept) == "died"
    assert runs.get(run_id).status == "running"
    assert not files.run_folder(store.var, run_id).exists()


def test_a_process_is_known_by_more_than_its_number():
    own = processes.identity(os.getpid())
    assert own and own == processes.identity(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    other = processes.identity(child.pid)
    assert other != own
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert processes.identity(child.pid) is None  # ended, not yet waited for
    child.wait()
    assert processes.identity(child.pid) is None
    assert processes.identity(None) is None


def test_a_run_whose_process_number_belongs_to_another_process_has_died(runs, store, small):
    run_id = runs.create(small)
    lifecycle.claim(store, run_id, os.getpid())
    assert runs.get(run_id).status == "running"
    change(store, run_id, process="another boot:1")
    assert runs.progress(run_id).status == "died"
    assert "có thể chạy lại" in runs.get(run_id).error_vi


def test_a_run_of_another_host_has_died_when_it_was_not_heard_for_a_minute(runs, store, small):
    run_id = runs.create(small)
    lifecycle.claim(store, run_id, os.getpid())
    change(store, run_id, host="elsewhere", pid=1)
    assert runs.recover() == []
    change(store, run_id, heartbeat=lifecycle.now() - lifecycle.STALE)
    assert runs.recover() == [run_id]
    assert [run.status for run in runs.list()] == ["died"]


def test_recovery_removes_what_stopped_runs_left_and_nothing_else(runs, store, small, model):
    done, dead = runs.create(small), runs.create(small)
    work(store, done, model=model)
    lifecycle.claim(store, dead, os.getpid())
    change(store, dead, pid=None)
    folder = store.var / "runs"
    left = [folder / f".{dead}.1.ab.partial", folder / f".{dead}.1.ab.replaced", folder / dead]
    kept = [folder / "of-another-database", folder / f".{done}.1.ab.partial", folder / done]
    for path in (*left, *kept):
        path.mkdir(exist_ok=True)
    runs.recover()
    assert [path for path in left if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []


def test_a_queued_run_is_cancelled_at_once(runs, small):
    run_id = runs.create(small)
    runs.cancel(run_id)
    assert runs.get(run_id).status == "cancelled"


def test_a_running_run_that_is_cancelled_is_stopping_until_its_worker_has_stopped(
    runs, store, small
):
    run_id = runs.create(small)

    def model(*_):
        assert not runs.get(run_id).stopping
        runs.cancel(run_id)
        assert runs.get(run_id).stopping
        raise ZeroDivisionError

    assert work(store, run_id, model=model) == "failed"
    assert not runs.get(run_id).stopping


def test_a_worker_that_cannot_be_started_is_said_so(runs, store, small, monkeypatch):
    monkeypatch.setattr(runs_module.sys, "executable", "/no/such/python")
    run_id = runs.create(small)
    with pytest.raises(StoreError, match="cannot be started"):
        runs.start(run_id)
    assert runs.get(run_id).status == "failed"


# ── what goes wrong in a run ───────────────────────────────────────────────────────────────────


def test_an_error_in_the_model_is_a_sentence_with_the_traceback_in_the_log(runs, store, small):
    def model(*_):
        raise ZeroDivisionError("no counters")

    run_id = runs.create(small)
    assert work(store, run_id, model=model) == "failed"
    run = runs.get(run_id)
    assert "(ZeroDivisionError: no counters); details are in" in run.error_en
    assert "dừng vì lỗi" in run.error_vi
    assert "Traceback" in files.log_file(store.var, run_id).read_text()


def test_a_scenario_that_is_no_longer_allowed_fails_with_its_fault(runs, store, small, model):
    run_id = runs.create(small)
    with store.write() as session:
        session.execute(sa.update(ScenarioRow).values(yaml="name: x\nabolished: 1\n"))
    assert work(store, run_id, model=model) == "failed"
    assert "abolished: unknown field" in runs.get(run_id).error_en


def test_a_full_disk_fails_the_run_and_leaves_no_folder(runs, store, small, model, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kpis.Cube, "write", full)
    run_id = runs.create(small)
    assert work(store, run_id, model=model) == "failed"
    folder = files.run_folder(store.var, run_id)
    assert f"{folder}: the disk is full" in runs.get(run_id).error_en
    assert "ổ đĩa đã đầy" in runs.get(run_id).error_vi
    assert [path for path in folder.parent.iterdir() if path.is_dir()] == []


def test_a_failed_run_can_be_made_again(runs, store, small, model):
    run_id = runs.create(small)
    work(store, run_id, model=lambda *_: 1 / 0)
    assert work(store, run_id, model=model) == "done"
    assert runs.get(run_id).error_en == runs.get(run_id).error_vi == ""


# ── reading results ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def done(sqlite_store, small, model):
    """A store with one finished run: (runs, id)."""
    runs = Runs(sqlite_store)
    run_id = runs.create(small)
    work(sqlite_store, run_id, model=model)
    return runs, run_id


@pytest.mark.parametrize("run_id", ["nobody", "", "../../etc", "a\0b", "\ud800", "x" * 500])
def test_an_unknown_run_is_refused_everywhere(runs, run_id):
    for ask in (
        runs.get,
        runs.progress,
        runs.cancel,
        runs.start,
        runs.restart,
        runs.folder,
        runs.cube,
        runs.records,
        runs.scenario,
    ):
        with pytest.raises(UnknownRunError, match="There is no run"):
            ask(run_id)


def test_a_run_that_is_not_done_has_no_results(runs, small):
    with pytest.raises(StoreError, match="has no results, it is queued"):
        runs.cube(runs.create(small))


@pytest.mark.parametrize("damage", ["cut", "changed", "emptied", "removed", "text"])
@pytest.mark.parametrize(
    "name", ["cube.parquet", "dossiers.parquet", "requests.parquet", "units.parquet"]
)
def test_damaged_results_are_named_with_what_to_do(done, name, damage, caplog):
    runs, run_id = done
    path = runs.folder(run_id) / name
    data = path.read_bytes()
    middle = len(data) // 3
    changed = bytes(255 - byte for byte in data[middle : middle + 64])
    damaged = {
        "cut": data[:-100],
        "changed": data[:middle] + changed + data[middle + 64 :],
        "emptied": b"",
        "text": b"PAR1" + b"no parquet" * 1000 + b"PAR1",
    }
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes(damaged[damage])
    table = name.removesuffix(".parquet")
    read = partial(runs.records, table=table) if table in files.TABLES else runs.cube
    with pytest.raises(StoreError, match=f"results of run {run_id} cannot be read") as refused:
        read(run_id)
    assert f"tệp {name} bị thiếu, hỏng" in refused.value.vi and "hãy chạy lại" in refused.value.vi
    for told in (refused.value.vi, refused.value.en):
        assert str(runs.folder(run_id).parent) not in told and "magic" not in told
    assert str(path) in caplog.text


def test_unknown_columns_and_tables_are_refused_with_those_there_are(done):
    runs, run_id = done
    with pytest.raises(StoreError, match=r"no column waiting; there are number, leader"):
        runs.records(run_id, ["waiting"])
    with pytest.raises(StoreError, match="there are dossiers, visits"):
        runs.records(run_id, table="counters")


def test_records_are_read_by_column_and_filter(done):
    runs, run_id = done
    table = runs.records(run_id, ["number", "channel"], filters=[("channel", "=", "online")])
    assert table.column_names == ["number", "channel"]
    assert set(table["channel"].to_pylist()) == {"online"}
    assert runs.records(run_id, ["outcome"], table="visits").num_rows > 0


def test_a_cube_is_read_once_and_the_last_three_are_kept(done, monkeypatch):
    runs, run_id = done
    assert runs.cube(run_id) is runs.cube(run_id)
    read = []
    for key in ("a", "b", "c", "a", "d", "b"):
        runs._cubes.get(key, lambda key=key: read.append(key))
    assert read == ["a", "b", "c", "d", "b"]


def test_threads_that_want_the_same_cube_wait_for_one_reading(done, monkeypatch):
    runs, run_id = done
    asked, read, cubes = threading.Barrier(4), [], []
    slowly = files.read_cube

    def slow(folder):
        read.append(folder)
        return slowly(folder)

    monkeypatch.setattr(files, "read_cube", slow)

    def page():
        asked.wait()
        cubes.append(runs.cube(run_id))

    pages = [threading.Thread(target=page) for _ in range(4)]
    for thread in pages:
        thread.start()
    for thread in pages:
        thread.join()
    assert len(read) == 1 and len({id(cube) for cube in cubes}) == 1


def test_deleting_a_run_row_takes_its_values_along(done, sqlite_store):
    _runs, run_id = done
    with sqlite_store.write() as session:
        session.delete(session.get(RunRow, run_id))
    with sqlite_store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(KpiRow)) == 0


def test_the_default_scenario_is_the_official_plan():
    assert load_scenario(runs_module.DEFAULT).name == "plan-30-branches"
