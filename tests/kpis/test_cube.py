"""The cube says exactly what the records say, slice by slice, and survives its file."""

import datetime
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kpis
from data.reference import load
from kpis import Cube, CubeError, Slice, satisfaction
from kpis.cube import ACCESS_FILE, HOURS_FILE, KEY, UNITS_FILE
from kpis.measures import CELL, CHANNELS, HISTOGRAMS, SITE_DAY, UNIT_DAY
from simulation.records import NEVER, State
from tests.kpis import synthetic, truth

PLAN = synthetic.small_plan()
MEASURES = {m.name for m in CELL}


def make(seed: int, count: int):
    """A random run, its cube and its scores."""
    result = synthetic.random_result(PLAN, np.random.default_rng(seed), count)
    cube = kpis.build(result, load(), code_version="test")
    scores = satisfaction.score(result.dossiers, result.visits, load(), result.scenario.seed)
    return result, cube, scores


@pytest.fixture(scope="module")
def run():
    """One run for tests that only look at it."""
    return make(3, 400)


slices = st.builds(
    dict,
    low=st.integers(-3, PLAN.days + 3),
    length=st.integers(0, PLAN.days + 5),
    districts=st.none() | st.sets(st.integers(0, 1)),
    sites=st.none() | st.sets(st.integers(0, len(PLAN.sites) - 1)),
    fields=st.none() | st.sets(st.integers(0, len(PLAN.fields) - 1)),
    channels=st.none() | st.sets(st.integers(0, 3)),
)


def as_slice(chosen) -> Slice:
    """The public form of a drawn slice."""
    ids = {
        "districts": PLAN.districts["code"],
        "sites": PLAN.sites["id"],
        "fields": PLAN.fields["id"],
        "channels": CHANNELS,
    }
    start = PLAN.start + datetime.timedelta(days=chosen["low"])
    return Slice(
        start,
        start + datetime.timedelta(days=chosen["length"]),
        **{
            name: None if chosen[name] is None else tuple(book[i] for i in chosen[name])
            for name, book in ids.items()
        },
    )


def keeper(chosen):
    """The same slice as a plain condition on codes."""
    district = PLAN.site_district.tolist()

    def keep(day, site, field, channel):
        return (
            chosen["low"] <= day < chosen["low"] + chosen["length"]
            and (chosen["districts"] is None or district[site] in chosen["districts"])
            and (chosen["sites"] is None or site in chosen["sites"])
            and (chosen["fields"] is None or field in chosen["fields"])
            and (chosen["channels"] is None or channel in chosen["channels"])
        )

    return keep


def ask(cube, part, by=None):
    """All measures of the cells and all histograms over a slice."""
    edges = np.array(cube.totals.edges(part))
    names = {h.name for h in HISTOGRAMS}
    return cube.totals.sums(part, edges, by, MEASURES, names, load())


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(0, 120), chosen=slices)
def test_cube_sums_equal_record_sums_for_every_measure_and_slice(seed, count, chosen):
    result, cube, scores = make(seed, count)
    expected = truth.total(list(truth.events(result, scores)), keeper(chosen))
    found = ask(cube, as_slice(chosen))
    assert {name: found[name][0] for name in MEASURES} == {
        name: expected[name] for name in MEASURES
    }


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), chosen=slices)
def test_histograms_count_every_duration_of_a_slice_in_its_bin(seed, chosen):
    result, cube, _ = make(seed, 80)
    found = ask(cube, as_slice(chosen))
    keep = keeper(chosen)
    for histogram in HISTOGRAMS:
        expected = np.zeros(histogram.size)
        for *where, duration in truth.durations(result)[histogram.name]:
            if keep(*where):
                expected[min(-(-duration // histogram.width_ms), histogram.bins + 1)] += 1
        assert np.array_equal(found.histograms[histogram.name][0], expected)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000), chosen=slices, by=st.sampled_from(["district", "site", "field"])
)
def test_parts_of_a_breakdown_add_up_to_the_slice(seed, chosen, by):
    _, cube, _ = make(seed, 100)
    part = as_slice(chosen)
    whole, parts = ask(cube, part), ask(cube, part, by)
    for name in MEASURES:
        assert parts[name].sum() == whole[name][0]
    for name, counts in parts.histograms.items():
        assert np.array_equal(counts.sum(axis=0), whole.histograms[name][0])


def test_most_of_the_city_is_the_city_without_the_rest(monkeypatch):
    cube = make(5, 300)[1]
    one = Slice(districts=(PLAN.districts["code"][0],))
    by_its_groups = ask(cube, one)
    monkeypatch.setattr("kpis.totals.MOST", 0.4)
    by_the_others = ask(cube, one)
    for name in MEASURES:
        assert by_its_groups[name][0] == by_the_others[name][0]
    for name, counts in by_its_groups.histograms.items():
        assert np.array_equal(counts, by_the_others.histograms[name])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), chosen=slices)
def test_the_whole_city_answers_alike_by_field_and_channel_or_by_group(seed, chosen):
    _, cube, _ = make(seed, 100)
    chosen |= {"districts": None, "sites": None}
    city = ask(cube, as_slice(chosen))
    groups = ask(cube, as_slice(chosen | {"districts": {0, 1}}))
    for name in MEASURES:
        assert city[name][0] == groups[name][0]
    for name in city.histograms:
        assert np.array_equal(city.histograms[name], groups.histograms[name])


def test_cells_are_the_non_empty_ones_and_in_order(run):
    cells = run[1].cells
    key = np.stack([cells[name] for name in ("day", "site", "field", "channel")])
    assert np.array_equal(np.lexsort(key[::-1]), np.arange(key.shape[1]))
    assert len(np.unique(key, axis=1).T) == key.shape[1]
    counts = sum(cells[m.name].astype(np.int64) for m in CELL if not m.name.startswith("score"))
    assert counts.min() > 0


def test_an_event_counts_on_its_own_day():
    dossiers = synthetic.no_dossiers(1)
    dossiers["need_ms"][:] = 0
    dossiers["site"][:] = 0
    for name, day in (("received_ms", 1), ("due_ms", 9), ("ready_ms", 4), ("ended_ms", 6)):
        dossiers[name][:] = day * synthetic.DAY
    dossiers["state"][:] = State.RETURNED
    cube = kpis.build(synthetic.result(PLAN, dossiers), load(), code_version="test")
    days = dict(zip(cube.cells["day"].tolist(), range(len(cube)), strict=True))
    for name, day in (("arrived", 0), ("received", 1), ("resolved", 4), ("returned", 6)):
        assert cube.cells[name][days[day]] == 1 == cube.cells[name].sum()


def test_events_outside_the_horizon_are_not_counted():
    dossiers = synthetic.no_dossiers(2)
    dossiers["site"][:] = 0
    dossiers["need_ms"][:] = (PLAN.days - 1) * synthetic.DAY
    dossiers["received_ms"][:] = PLAN.days * synthetic.DAY - 1
    dossiers["ready_ms"][:] = PLAN.days * synthetic.DAY, NEVER
    cube = kpis.build(synthetic.result(PLAN, dossiers), load(), code_version="test")
    assert cube.cells["received"].sum() == 2
    assert cube.cells["resolved"].sum() == 0


def test_a_dossier_that_reached_no_site_counts_in_its_own_district():
    dossiers = synthetic.no_dossiers(1)
    dossiers["commune"][:] = 4  # of the second district
    cube = kpis.build(synthetic.result(PLAN, dossiers), load(), code_version="test")
    second = PLAN.districts["code"][1]
    assert kpis.compute(cube, Slice(districts=(second,)))["dossiers_arrived"].value == 1


def test_scores_are_added_to_the_records():
    result, _, scores = make(1, 50)
    assert np.array_equal(result.dossiers["satisfaction"], scores["overall"], equal_nan=True)
    assert np.array_equal(result.dossiers["satisfaction_staff"], scores["staff"], equal_nan=True)
    assert result.dossiers["complaint"].dtype == bool


def test_site_and_unit_days_add_up(run):
    result, cube, _ = run
    names = {m.name for m in (*SITE_DAY, *UNIT_DAY)}
    part = Slice(PLAN.start + datetime.timedelta(days=4), PLAN.start + datetime.timedelta(days=9))
    sums = cube.totals.sums(part, np.array([4, 9]), None, names, set(), load())
    for table, measures in ((result.site_days, SITE_DAY), (result.unit_days, UNIT_DAY)):
        inside = (table["day"] >= 4) & (table["day"] < 9)
        for measure in measures:
            column = measure.name.removeprefix("counter_").removeprefix("unit_")
            assert sums[measure.name][0] == table[column][inside].sum(dtype=np.int64)


# ── files ──────────────────────────────────────────────────────────────────────────────────────


def test_a_cube_read_from_its_file_is_the_cube_written(run, tmp_path):
    cube = run[1]
    cube.write(tmp_path / "cube.parquet")
    again = Cube.read(tmp_path / "cube.parquet")
    assert again.meta == cube.meta
    for table in ("cells", "site_days", "unit_days"):
        left, right = getattr(cube, table), getattr(again, table)
        assert left.keys() == right.keys()
        for name, values in left.items():
            assert values.dtype == right[name].dtype
            assert np.array_equal(values, right[name])
    assert kpis.compute(again) == kpis.compute(cube)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        ["cube.parquet", UNITS_FILE, HOURS_FILE, ACCESS_FILE]
    )


def test_an_empty_run_has_a_cube_too(tmp_path):
    cube = kpis.build(synthetic.result(PLAN), load(), code_version="test")
    cube.write(tmp_path / "cube.parquet")
    values = kpis.compute(Cube.read(tmp_path / "cube.parquet"))
    assert values["dossiers_received"].value == 0
    assert values["wait_p90"].value is None
    assert values["on_time"].value is None


@pytest.fixture
def written(run, tmp_path):
    """A cube's file, to be damaged."""
    path = tmp_path / "cube.parquet"
    run[1].write(path)
    return path


@pytest.mark.parametrize("name", ["cube.parquet", UNITS_FILE, HOURS_FILE, ACCESS_FILE])
def test_a_missing_file_is_named(written, name):
    (written.parent / name).unlink()
    with pytest.raises(CubeError, match=f"{name}.*no such file"):
        Cube.read(written)


@pytest.mark.parametrize("name", ["cube.parquet", UNITS_FILE, HOURS_FILE, ACCESS_FILE])
@pytest.mark.parametrize("keep", [0, 3, 0.5, 0.99])
def test_a_file_cut_short_is_refused(written, name, keep):
    path = written.parent / name
    content = path.read_bytes()
    path.write_bytes(content[: keep if isinstance(keep, int) else int(len(content) * keep)])
    with pytest.raises(CubeError, match=name):
        Cube.read(written)


@pytest.mark.parametrize("name", ["cube.parquet", UNITS_FILE, HOURS_FILE, ACCESS_FILE])
def test_a_damaged_byte_never_changes_a_value_unnoticed(run, written, name):
    path = written.parent / name
    content = path.read_bytes()
    expected = kpis.compute(run[1])
    rng = np.random.default_rng(1)
    for _ in range(60):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] ^= rng.integers(1, 256)
        path.write_bytes(damaged)
        try:
            found = kpis.compute(Cube.read(written))
        except CubeError:
            continue
        assert found == expected


def test_files_of_two_runs_do_not_mix(written, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "cube.parquet"
    make(4, 100)[1].write(other)
    (written.parent / UNITS_FILE).write_bytes((other.parent / UNITS_FILE).read_bytes())
    with pytest.raises(CubeError, match="another run"):
        Cube.read(written)


def test_a_foreign_parquet_file_is_refused(tmp_path):
    path = tmp_path / "cube.parquet"
    pq.write_table(pa.table({"day": [1, 2]}), path)
    with pytest.raises(CubeError, match="not of a cube"):
        Cube.read(path)


def test_a_cube_of_another_version_is_refused(written):
    table = pq.read_table(written)
    notes = json.loads(table.schema.metadata[KEY]) | {"schema": 99}
    pq.write_table(table.replace_schema_metadata({KEY: json.dumps(notes).encode()}), written)
    with pytest.raises(CubeError, match="version 99"):
        Cube.read(written)


def test_a_changed_sum_is_noticed(written):
    table = pq.read_table(written)
    place = table.column_names.index("received")
    column = pa.array(np.asarray(table["received"]) + 1, pa.int32())
    pq.write_table(table.set_column(place, "received", column), written)
    with pytest.raises(CubeError, match="changed"):
        Cube.read(written)


def test_a_cube_without_one_of_its_columns_is_refused(written):
    pq.write_table(pq.read_table(written).drop_columns(["on_time"]), written)
    with pytest.raises(CubeError, match="no column 'on_time'"):
        Cube.read(written)


def test_nothing_half_written_is_left(run, tmp_path, monkeypatch):
    calls = []

    def fail_at_the_last(table, path, **options):
        calls.append(path)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        original(table, path, **options)

    original = pq.write_table
    monkeypatch.setattr(pq, "write_table", fail_at_the_last)
    with pytest.raises(OSError, match="No space"):
        run[1].write(tmp_path / "cube.parquet")
    assert list(tmp_path.iterdir()) == []


def test_the_same_run_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make(9, 150)[1].write(tmp_path / name / "cube.parquet")
    for name in ("cube.parquet", UNITS_FILE, ACCESS_FILE):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
