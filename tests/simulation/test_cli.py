"""The command line, as a person types it."""

import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest

from kpis import preparing
from simulation import compiling
from simulation.__main__ import main
from tests.patience import PATIENCE_S, wait_for


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


SMALL = ("--set", "horizon.end=2024-10-04", "--set", "demand.level=0.02")


def command(*arguments, cache):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    return [sys.executable, "-m", "simulation", *map(str, arguments)], environment


@pytest.mark.parametrize("first", [("prepare",), ("run", "plan-30-branches", *SMALL)])
def test_after_the_first_use_nothing_is_left_to_compile(first, tmp_path):
    def compiled():
        return sorted(file.name for file in tmp_path.rglob("*.nbc"))

    def use(*arguments):
        typed, environment = command(*arguments, cache=tmp_path)
        return subprocess.run(typed, env=environment, check=True, capture_output=True, text=True)

    where = ("--out", tmp_path / "first") if first[0] == "run" else ()
    assert "compiling the model" in use(*first, *where).stderr
    before = compiled()
    assert any(name.startswith("floor.advance") for name in before)
    assert any(name.startswith("sampling.describe") for name in before)
    done = use("run", "before", *SMALL, "--out", tmp_path / "out")
    assert "compiling" not in done.stderr
    assert compiled() == before


def working_in(cache):
    """Processes whose compiled code lies there."""
    return [one for one in psutil.process_iter() if caches_in(one, cache)]


def hears_interrupts():
    """What a shell starts in the background does not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def caches_in(process, cache):
    try:
        return process.environ().get("NUMBA_CACHE_DIR") == str(cache)
    except psutil.Error:
        return False


@pytest.mark.parametrize(
    ("number", "status", "told"),
    [
        (signal.SIGTERM, 143, "stopped; nothing was written"),
        (signal.SIGINT, 130, "interrupted; nothing was written"),
    ],
)
def test_the_first_use_can_be_stopped_while_it_compiles(number, status, told, tmp_path):
    typed, environment = command("run", "before", *SMALL, "--out", tmp_path / "out", cache=tmp_path)
    piped = {"stderr": subprocess.PIPE, "text": True, "preexec_fn": hears_interrupts}
    with subprocess.Popen(typed, env=environment, **piped) as running:
        assert "compiling" in running.stderr.readline()
        time.sleep(2)
        running.send_signal(number)
        _, error = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == status and "Traceback" not in error and told in error
    wait_for(lambda: not working_in(tmp_path))
    assert not (tmp_path / "out").exists()


def test_without_a_place_for_compiled_code_the_user_is_told_every_time(monkeypatch, capsys):
    monkeypatch.setattr(compiling, "CACHE", None)
    assert main(["prepare"]) == 0
    assert "at every use" in capsys.readouterr().err


def test_what_a_process_beside_could_not_compile_is_compiled_here(monkeypatch):
    done = []

    def process(target, **_):
        return SimpleNamespace(
            start=lambda: None, join=lambda: None, exitcode=-9 if target is rest else 0
        )

    def rest():
        done.append("rest")

    context = SimpleNamespace(Process=process)
    monkeypatch.setattr(preparing.multiprocessing, "get_context", lambda _: context)
    monkeypatch.setattr(preparing, "compile_advance", lambda: done.append("advance"))
    monkeypatch.setattr(preparing, "compile_the_rest", rest)
    preparing.prepare()
    assert done == ["advance", "rest"]
