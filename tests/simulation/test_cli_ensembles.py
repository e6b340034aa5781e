"""Ensembles and comparisons from the command line."""

import errno
import json

import pytest
from distributed import LocalCluster

import simulation.__main__ as command
from kpis import output
from simulation.__main__ import main

SMALL = ["--set", "horizon.end=2024-10-08", "--set", "demand.level=0.01", "--quiet"]


def test_replications_give_every_kpi_an_interval(tmp_path):
    out = tmp_path / "out"
    assert main(["run", "plan-30-branches", *SMALL, "--replications", "3", "--out", str(out)]) == 0
    document = json.loads((out / "kpis.json").read_text())
    assert document["replications"] == 3
    value = document["kpis"]["dossiers_received"]
    assert value["low"] < value["value"] < value["high"]
    assert (out / "replications.parquet").is_file()


def test_processes_that_are_slow_to_end_undo_nothing(tmp_path, monkeypatch):
    def slow(cluster, timeout=None, close=LocalCluster.close):
        close(cluster)
        raise TimeoutError

    monkeypatch.setattr(LocalCluster, "close", slow)
    out = tmp_path / "out"
    assert main(["run", "before", *SMALL, "--replications", "2", "--out", str(out)]) == 0
    assert json.loads((out / "kpis.json").read_text())["replications"] == 2


def test_replications_stop_when_the_interval_is_narrow_or_say_that_it_is_not(tmp_path, capsys):
    narrow, wide = tmp_path / "narrow", tmp_path / "wide"
    run = ["run", "plan-30-branches", *SMALL, "--replications", "12"]
    rule = "--until-half-width"
    assert main([*run, rule, "on_time=0.9", "--out", str(narrow)]) == 0
    assert json.loads((narrow / "kpis.json").read_text())["replications"] == 10
    assert capsys.readouterr().err == ""
    assert main([*run, rule, "on_time=1e-9", "--out", str(wide)]) == 0
    assert json.loads((wide / "kpis.json").read_text())["replications"] == 12
    assert "wider than on_time=1e-9 after 12 replications" in capsys.readouterr().err


def test_compare_prints_paired_differences_and_writes_them(tmp_path, capsys):
    out = tmp_path / "comparison.json"
    arguments = ["compare", "plan-30-branches", "as-built", *SMALL, "--replications", "2"]
    assert main([*arguments, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "| wait_mean (minute) |" in printed and "2 replications" in printed
    found = json.loads(out.read_text())
    assert [one["scenario"] for one in found["scenarios"]] == ["plan-30-branches", "as-built"]
    other = found["kpis"]["wait_mean"]["others"][0]
    base = found["kpis"]["wait_mean"]["base"]
    assert other["difference"] == pytest.approx(other["mean"] - base["mean"])
    assert other["low"] <= other["difference"] <= other["high"]
    assert len(set(found["seeds"])) == 1
    same = sum(entry["others"][0]["verdict"] == "same" for entry in found["kpis"].values())
    assert same and f"as-built, {len(found['kpis'])} KPIs: " in printed
    assert f"{same} no change" in printed and printed.count("| no change |") == same


def test_one_replication_is_said_to_have_no_interval(capsys):
    arguments = ["compare", "plan-30-branches", "as-built", *SMALL, "--replications"]
    sentence = "One replication has no interval"
    assert main([*arguments, "1"]) == 0
    assert sentence in capsys.readouterr().out
    assert main([*arguments, "2"]) == 0
    assert sentence not in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["run", "before", "--replications", "1000000", "--out", "x"], "from 1 to 1,000"),
        (["run", "before", "--replications", "0", "--out", "x"], "from 1 to 1,000"),
        (["run", "before", "--until-half-width", "nothing=1", "--out", "x"], "unknown KPI"),
        (["run", "before", "--until-half-width", "wait_mean", "--out", "x"], "write KPI=NUMBER"),
        (["compare", "before"], "at least two"),
        (["compare", "before", "as-built", "--replications", "5000"], "from 1 to 1,000"),
        (["compare", "before", "as-built", "--out", "no/such/folder/x.json"], "is not a folder"),
        (["compare", "before", "nowhere"], "neither a shipped scenario"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(arguments, sentence, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err and printed.err.count("\n") == 1 and printed.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_period_that_is_not_simulated_is_named_before_any_work(capsys, monkeypatch):
    monkeypatch.setattr(command, "_replicate", lambda *_: pytest.fail("work was begun"))
    arguments = ["compare", "before", "as-built", *SMALL, "--replications", "1"]
    assert main([*arguments, "--period", "phase_3"]) == 2
    assert "'phase_3' is not simulated" in capsys.readouterr().err


def test_a_comparison_is_not_written_over_a_folder(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "_replicate", lambda *_: pytest.fail("work was begun"))
    arguments = ["compare", "before", "as-built", *SMALL, "--out", str(tmp_path)]
    assert main(arguments) == 2
    assert "is a folder" in capsys.readouterr().err


def test_different_horizons_are_not_compared(tmp_path, capsys):
    other = tmp_path / "other.yaml"
    other.write_text("horizon: {start: 2024-10-01, end: 2024-10-05}")
    assert main(["compare", "plan-30-branches", str(other), "--replications", "2"]) == 2
    assert "different horizons" in capsys.readouterr().err


def test_a_cluster_that_does_not_answer_is_named(tmp_path, capsys):
    arguments = ["run", "before", *SMALL, "--replications", "2", "--dask", "tcp://127.0.0.1:9"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 2
    assert "tcp://127.0.0.1:9 cannot be reached" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("replications", ["1", "2"])
def test_files_that_came_while_a_run_was_made_are_not_replaced(
    replications, tmp_path, capsys, monkeypatch
):
    out = tmp_path / "out"

    def meanwhile(*made, simulate=command.simulate, **more):
        out.mkdir()
        (out / "letter.txt").write_text("mine")
        return simulate(*made, **more)

    monkeypatch.setattr(command, "simulate", meanwhile)
    assert main(["run", "before", *SMALL, "--replications", replications, "--out", str(out)]) == 2
    assert "holds files that are not results" in capsys.readouterr().err
    assert [(one.name, one.read_text()) for one in out.iterdir()] == [("letter.txt", "mine")]
    assert list(tmp_path.iterdir()) == [out]


def test_what_goes_wrong_while_a_run_is_made_is_no_fault_of_its_folder(
    tmp_path, capsys, monkeypatch
):
    def broken(*_, **__):
        raise ConnectionError("the wire is cut")

    monkeypatch.setattr(command, "simulate", broken)
    assert main(["run", "before", *SMALL, "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == "simulation: the wire is cut\n"
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_of_the_folder_that_was_named(tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(output, "write_records", full)
    assert main(["run", "before", *SMALL, "--out", str(tmp_path / "out")]) == 2
    assert f"{tmp_path / 'out'}: the disk is full" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
