"""The command line, as a person types it."""

import json
import os
import subprocess
import sys

import pytest

from simulation.__main__ import main


def test_a_reader_that_has_seen_enough_is_no_error():
    command = f"{sys.executable} -m simulation schema | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout.split(), done.stderr) == (["{", "0"], "")


def test_a_rule_about_several_levers_is_told_without_their_insides(tmp_path, capsys):
    where = ["--out", str(tmp_path / "out"), "--set", "horizon.end=2023-01-01"]
    assert main(["run", "before", *where]) == 2
    told = "horizon: end 2023-01-01 must be later than start 2024-10-01"
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_queue_that_grows_without_end_says_so(capsys):
    hall = ["--arrivals-per-hour", "100", "--servers", "1", "--mean-service-min", "10"]
    assert main(["queue", *hall, "--days", "6"]) == 0
    printed = capsys.readouterr()
    assert "grows without end" in printed.err
    assert json.loads(printed.out)["utilisation"] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("engine", ["processes", "compiled"])
def test_the_engine_can_be_named(engine, tmp_path):
    sets = ["--set", "horizon.end=2024-10-03", "--set", "demand.level=0.01"]
    out = tmp_path / "out"
    options = ["--engine", engine, "--quiet", "--out", str(out)]
    assert main(["run", "plan-30-branches", *sets, *options]) == 0
    assert json.loads((out / "kpis.json").read_text())["engine"] == engine


def test_after_preparing_nothing_is_left_to_compile(tmp_path):
    def compiled():
        return sorted(file.name for file in tmp_path.rglob("*.nbc"))

    def run(*arguments):
        command = [sys.executable, "-m", "simulation", *arguments]
        environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True)

    assert "compiling the model" in run("prepare").stderr
    before = compiled()
    assert any(name.startswith("floor.advance") for name in before)
    assert any(name.startswith("sampling.describe") for name in before)
    small = ["--set", "horizon.end=2024-10-04", "--set", "demand.level=0.02"]
    done = run("run", "before", *small, "--out", str(tmp_path / "out"))
    assert "compiling" not in done.stderr
    assert compiled() == before
