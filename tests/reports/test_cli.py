"""``python -m reports build``: all files or none, one line and status 2 on bad input."""

import json

import pytest

from data.store import Runs, open_store
from data.store.worker import work
from reports.__main__ import main
from simulation import load_scenario
from tests.dashboard.ensembles import scenario
from tests.reports.reading import docx_tables

SHORTER = ("horizon.start=2025-03-24", "horizon.end=2025-03-26", "demand.level=0.01")


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="module")
def ids(var):
    runs = Runs(open_store(var, environment={}))
    made = {
        "plan": runs.create(scenario("plan"), replications=2),
        "slow": runs.create(scenario("slow"), replications=2),
        "shorter": runs.create(load_scenario("plan-30-branches", SHORTER), replications=2),
    }
    for run_id in made.values():
        work(runs.store, run_id)
    base = runs.create(scenario("plan"))
    work(runs.store, base)
    runs.store.close()
    return made | {"base": base}


@pytest.fixture
def run(var, ids, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("CENTRE_VAR", str(var))
    monkeypatch.delenv("CENTRE_DATABASE_URL", raising=False)

    def ran(*more, run_id=ids["base"], period="2025-03-24..2025-04-06", out=tmp_path / "out"):
        arguments = ["build", "--run", run_id, "--period", period, "--out", str(out), *more]
        status = main(arguments)
        return status, capsys.readouterr().err.strip().split("\n"), out

    return ran


def test_all_three_files_are_written_and_again_with_the_same_bytes(run):
    status, _, out = run()
    assert status == 0
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert {name.rpartition(".")[2] for name in first} == {"docx", "pdf", "xlsx"}
    assert run()[0] == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_compared_scenarios_stand_in_the_report_with_their_interval(run, ids):
    status, _, out = run("--compare", ids["slow"], "--format", "docx", "--lang", "en")
    assert status == 0
    (path,) = out.iterdir()
    heads = [table[0] for table in docx_tables(path.read_bytes())]
    assert ["Measure", "Base", "Scenario", "Difference", "Low", "High", "Verdict"] in heads


def test_a_scenario_of_another_time_is_refused(run, ids):
    status, told, out = run("--compare", ids["shorter"])
    assert status == 2 and "same time" in told[-1] and not out.exists()


@pytest.mark.parametrize(
    ("more", "change", "sentence"),
    [
        ((), {"run_id": "no-such-run"}, "no run"),
        ((), {"period": "2025-04-06..2025-03-24"}, "after the last"),
        ((), {"period": "2030-Q1"}, "outside the run"),
        ((), {"period": "phase-9"}, "not understood"),
        ((), {"period": "=cmd"}, "not understood"),
        (("--format", "docx,exe"), {}, "not one of"),
        (("--lang", "fr"), {}, "invalid choice"),
        (("--compare", "no-such-run"), {}, "no run"),
        (("--fields", "/no/such/file"), {}, "cannot be read"),
    ],
)
def test_bad_input_ends_with_one_line_and_writes_nothing(run, more, change, sentence):
    status, told, out = run(*more, **change)
    assert status == 2
    assert sentence in told[-1] and "Traceback" not in "".join(told)
    assert not out.exists()


def test_a_field_that_is_too_long_is_refused(run, tmp_path):
    path = tmp_path / "fields.json"
    path.write_text(json.dumps({"signer_name": "a" * 100_000}))
    status, told, out = run("--fields", str(path))
    assert status == 2 and "100,000 characters" in told[-1] and not out.exists()
    assert "signer_name" in told[-1]


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"number":' * 100_000])
def test_fields_nested_too_deep_are_refused(run, tmp_path, deep):
    path = tmp_path / "fields.json"
    path.write_text(deep)
    status, told, out = run("--fields", str(path))
    assert status == 2 and "cannot be read as JSON" in told[-1] and not out.exists()


def test_a_file_is_named_by_the_period_as_it_is_understood(run):
    status, _, out = run("--format", "xlsx", period=" 2025-04 ")
    assert status == 0 and [path.name for path in out.iterdir()] == ["report-2025-04-vi.xlsx"]


def test_a_folder_that_cannot_be_written_is_refused(run, tmp_path):
    (tmp_path / "file").write_text("")
    status, told, _ = run(out=tmp_path / "file")
    assert status == 2 and str(tmp_path / "file") in told[-1]
