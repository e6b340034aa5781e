"""Checks that need more than one cell: keys, references between tables, sums, order, coverage.

Each check takes the tables read so far and yields faults; a check whose tables have faults of
their own sees only the rows that are sound.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from data.reference.tables import PHASE_COLUMNS, TABLES, Row

NO_CREDENTIALS = ("sources", "units_of_measure")
SUM_TOLERANCE = 1e-6
ROUNDED_SHARES_TOLERANCE = 0.025


@dataclass(frozen=True)
class Fault:
    """One problem: where, what the value is, why it is wrong and what is allowed."""

    file: str
    why: str
    allowed: str
    row: int | None = None
    line: int | None = None
    column: str | None = None
    value: object = None

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f" row {self.row} (line {self.line})"
        if self.column is not None:
            place += f", column {self.column}"
        if self.value is not None:
            shown = str(self.value)
            place += f": value '{shown if len(shown) <= 80 else shown[:77] + '...'}'"
        return f"{place}: {self.why}, allowed: {self.allowed}"


@dataclass
class Table:
    """A table as read: sound rows with their row and line numbers, and whether all are sound."""

    name: str
    rows: list[Row] = field(default_factory=list)
    numbers: list[tuple[int, int]] = field(default_factory=list)
    raw: dict[str, list[str]] = field(default_factory=dict)
    complete: bool = True

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    def located(self) -> Iterator[tuple[tuple[int, int], Row]]:
        """Sound rows with their (row, line)."""
        return zip(self.numbers, self.rows, strict=True)

    def fault(self, at: tuple[int, int], column: str, value, why: str, allowed: str) -> Fault:
        """A fault in one cell."""
        return Fault(self.file, why, allowed, at[0], at[1], column, value)

    def about(self, column: str, value, why: str, allowed: str) -> Fault:
        """A fault of a whole column."""
        return Fault(self.file, why, allowed, column=column, value=value)


Tables = dict[str, Table]


def all_faults(tables: Tables) -> Iterator[Fault]:
    """Every fault between cells, rows and tables."""
    for table in tables.values():
        yield from unique_keys(table)
        yield from ordered(table)
        yield from references(table, tables)
    for check, needed in CHECKS:
        if all(tables[name].complete for name in needed):
            yield from check(*(tables[name] for name in needed))


def unique_keys(table: Table) -> Iterator[Fault]:
    """The key columns of a table identify one row."""
    keys = TABLES[table.name].key
    seen: dict[tuple, int] = {}
    for at, row in table.located():
        key = tuple(getattr(row, column) for column in keys)
        if key in seen:
            yield table.fault(
                at,
                "+".join(keys),
                " ".join(map(str, key)),
                f"is already in row {seen[key]}",
                "each once",
            )
        else:
            seen[key] = at[0]


def ordered(table: Table) -> Iterator[Fault]:
    """Pairs of columns that must not decrease, such as start and end."""
    for first, second in TABLES[table.name].ordered:
        for at, row in table.located():
            a, b = getattr(row, first), getattr(row, second)
            if a is not None and b is not None and b < a:
                yield table.fault(at, second, b, f"is before {first}", f"{a} or later")


def references(table: Table, tables: Tables) -> Iterator[Fault]:
    """Codes that must exist in another table; every source must exist in sources."""
    model = TABLES[table.name]
    refers = dict(model.refers)
    for column in model.model_fields:
        if column == "source" or column.endswith("_source"):
            refers[column] = ("sources", "id")
    known = {}
    for column, (target, its_column) in refers.items():
        known[column] = set(tables[target].raw.get(its_column, ()))
    for at, row in table.located():
        for column, (target, its_column) in refers.items():
            value = getattr(row, column)
            if value and known[column] and value not in known[column]:
                yield table.fault(
                    at,
                    column,
                    value,
                    "is not known",
                    f"a value of column {its_column} of {target}.csv",
                )


def sum_to_one(column: str, by: str | None = None):
    """A check that a column sums to 1, in the whole table or in each group."""

    def check(table: Table) -> Iterator[Fault]:
        sums: dict[str, float] = defaultdict(float)
        for row in table.rows:
            sums[getattr(row, by) if by else ""] += getattr(row, column)
        for group, total in sums.items():
            if abs(total - 1) > SUM_TOLERANCE:
                where = f"the shares of {by} '{group}' sum" if by else "the shares sum"
                yield table.about(column, None, f"{where} to {total:.6g}", "a sum of 1")

    return check


def mean_one(column: str, key: str, keys: range, whole: range):
    """A check that ``whole`` keys are all there and the mean of ``column`` over ``keys`` is 1."""

    def check(table: Table) -> Iterator[Fault]:
        found = {getattr(row, key): getattr(row, column) for row in table.rows}
        missing = [number for number in whole if number not in found]
        if missing:
            yield table.about(
                key, None, f"has no row for {missing}", f"{whole.start} to {whole.stop - 1}"
            )
            return
        mean = sum(found[number] for number in keys) / len(keys)
        if abs(mean - 1) > SUM_TOLERANCE:
            yield table.about(
                column,
                None,
                f"the mean over {key} {keys.start} to {keys.stop - 1} is {mean:.6g}",
                "a mean of 1",
            )

    return check


def every_hour(table: Table) -> Iterator[Fault]:
    """Every hour of the day has a weight."""
    missing = sorted(set(range(24)) - {row.hour for row in table.rows})
    if missing:
        yield table.about("hour", None, f"has no row for {missing}", "0 to 23")


def contiguous_intervals(table: Table) -> Iterator[Fault]:
    """Each interval begins where the one before ends."""
    end = None
    for at, row in table.located():
        if row.minute_to <= row.minute_from:
            yield table.fault(
                at, "minute_to", row.minute_to, "is not after minute_from", f"> {row.minute_from}"
            )
        if end is not None and row.minute_from != end:
            yield table.fault(
                at, "minute_from", row.minute_from, "leaves a gap or overlap", str(end)
            )
        end = row.minute_to


def week_covered_once(table: Table) -> Iterator[Fault]:
    """The travel periods cover every minute of the week once."""
    cover = [[0] * 1440 for _ in range(7)]
    for at, row in table.located():
        if row.minute_to <= row.minute_from or row.weekday_to < row.weekday_from:
            yield table.fault(
                at, "minute_to", row.minute_to, "the interval is empty", f"> {row.minute_from}"
            )
        for day in range(row.weekday_from, row.weekday_to + 1):
            for minute in range(row.minute_from, row.minute_to):
                cover[day][minute] += 1
    for day, minutes in enumerate(cover):
        wrong = next((minute for minute, times in enumerate(minutes) if times != 1), None)
        if wrong is not None:
            yield table.about(
                "minute_from",
                None,
                f"weekday {day} minute {wrong} is covered {minutes[wrong]} times",
                "every minute of the week once",
            )


def triangular(table: Table) -> Iterator[Fault]:
    """Speeds rise from low over mode to high, and every combination is there."""
    found = set()
    for at, row in table.located():
        found.add((row.mode, row.area, row.period))
        if not row.low_kmh <= row.mode_kmh <= row.high_kmh or row.low_kmh == row.high_kmh:
            yield table.fault(
                at, "mode_kmh", row.mode_kmh, "the speeds do not rise", "low <= mode <= high"
            )
    for mode in sorted({mode for mode, _, _ in found}):
        for area in ("urban", "suburban"):
            for period in ("peak", "off_peak"):
                if (mode, area, period) not in found:
                    yield table.about(
                        "mode",
                        f"{mode} {area} {period}",
                        "has no row",
                        "every mode, area and period",
                    )


def service_complete(fields: Table, service: Table, procedures: Table) -> Iterator[Fault]:
    """Every field has procedures and both service times; a procedure has its field's level."""
    level = {row.id: row.level for row in fields.rows}
    have = {(row.field, row.what) for row in service.rows}
    with_procedures = {row.field for row in procedures.rows}
    for name in level:
        for what in ("reception", "officer_work"):
            if (name, what) not in have:
                yield service.about("field", f"{name} {what}", "has no row", "both for every field")
        if name not in with_procedures:
            yield procedures.about("field", name, "has no procedure", "at least one per field")
    for at, row in procedures.located():
        if row.field in level and row.level != level[row.field]:
            yield procedures.fault(
                at, "level", row.level, "differs from its field", level[row.field]
            )


def successor_shares(communes: Table, communes_2025: Table) -> Iterator[Fault]:
    """Each commune's successors exist and their shares sum to 1 (rounded to hundredths)."""
    known = {row.code for row in communes_2025.rows}
    for at, row in communes.located():
        parts = [part.split(":") for part in row.successors.split(";")]
        for code, _ in parts:
            if code not in known:
                yield communes.fault(
                    at,
                    "successors",
                    code,
                    "is not known",
                    "a value of column code of communes_2025.csv",
                )
        total = sum(float(part) for _, part in parts)
        if abs(total - 1) > ROUNDED_SHARES_TOLERANCE:
            yield communes.fault(
                at, "successors", row.successors, f"the shares sum to {total:.2f}", "a sum of 1"
            )


def old_districts(communes_2025: Table, districts: Table) -> Iterator[Fault]:
    """Former districts exist and include the main one."""
    known = {row.code for row in districts.rows}
    for at, row in communes_2025.located():
        codes = row.old_districts.split(";")
        for code in codes:
            if code not in known:
                yield communes_2025.fault(
                    at,
                    "old_districts",
                    code,
                    "is not known",
                    "a value of column code of districts.csv",
                )
        if row.main_district not in codes:
            yield communes_2025.fault(
                at,
                "main_district",
                row.main_district,
                "is not among old_districts",
                row.old_districts,
            )


def district_populations(districts: Table, communes: Table) -> Iterator[Fault]:
    """A district's population is the sum of its communes', in both years."""
    for column in ("population_2019", "population_2024"):
        sums: dict[str, int] = defaultdict(int)
        for row in communes.rows:
            sums[row.district_code] += getattr(row, column)
        for at, row in districts.located():
            value = getattr(row, column)
            if value != sums[row.code]:
                yield districts.fault(
                    at,
                    column,
                    value,
                    "is not the sum of its communes",
                    str(sums[row.code]),
                )


def urban_means_quan(districts: Table) -> Iterator[Fault]:
    """Urban are the quận, and each of the 12 branches has a district."""
    for at, row in districts.located():
        if row.urban != (row.type == "quận"):
            yield districts.fault(
                at,
                "urban",
                str(row.urban).lower(),
                f"contradicts type '{row.type}'",
                "true for quận, else false",
            )
    missing = sorted(set(range(1, 13)) - {row.region_branch for row in districts.rows})
    if missing:
        yield districts.about("region_branch", None, f"no district has {missing}", "1 to 12")


def open_networks(networks: Table) -> Iterator[Fault]:
    """A site closes after it opens and has counters for what it accepts."""
    for at, row in networks.located():
        if row.closes is not None and row.closes <= row.opens:
            yield networks.fault(
                at, "closes", row.closes, "is not after opens", f"after {row.opens}, or empty"
            )
        if row.accepts in ("all", "land") and not row.land_am + row.land_pm + row.land_sat:
            yield networks.fault(
                at, "accepts", row.accepts, "but there is no land counter", "at least one"
            )
        if row.accepts != "land" and not row.general_am + row.general_pm + row.general_sat:
            yield networks.fault(
                at, "accepts", row.accepts, "but there is no general counter", "at least one"
            )


def phases_follow(phases: Table) -> Iterator[Fault]:
    """The phases are all there and follow each other without a gap."""
    for (_, before), (at, row) in zip(
        list(phases.located()), list(phases.located())[1:], strict=False
    ):
        if (row.start - before.end).days != 1:
            yield phases.fault(
                at, "start", row.start, "does not follow the phase before", "the next day"
            )
    missing = {"phase_1", "phase_2", "phase_3"} - {row.id for row in phases.rows}
    if missing:
        yield phases.about("id", None, f"has no row {sorted(missing)}", "phase_1 to phase_3")


def exchanged_days(calendar: Table) -> Iterator[Fault]:
    """Days off are weekdays; worked days are at a weekend."""
    for at, row in calendar.located():
        weekend = row.date.weekday() >= 5
        if weekend != (row.kind == "worked"):
            yield calendar.fault(
                at,
                "kind",
                row.kind,
                f"{row.date} is a {row.date:%A}",
                "off on a weekday, worked on a Saturday or Sunday",
            )


def milestone_targets(milestones: Table, targets: Table) -> Iterator[Fault]:
    """A milestone judged by a target names its measure; a due day has its certainty."""
    kpi = {row.id: row.kpi for row in targets.rows}
    for at, row in milestones.located():
        if row.target_id in kpi and row.kpi != kpi[row.target_id]:
            yield milestones.fault(
                at, "kpi", row.kpi, "is not the measure of target_id", kpi[row.target_id]
            )
        if bool(row.due) != bool(row.due_certainty):
            yield milestones.fault(
                at,
                "due_certainty",
                row.due_certainty,
                "must be given with due, and only then",
                "a certainty" if row.due else "empty",
            )


def lever_bounds(levers: Table) -> Iterator[Fault]:
    """A lever has one value or four by phase, inside its bounds."""
    for at, row in levers.located():
        by_phase = [getattr(row, column) for column in PHASE_COLUMNS]
        given = [value is not None for value in by_phase]
        if (row.value != "") == any(given) or any(given) != all(given):
            yield levers.fault(
                at, "value", row.value, "needs one value or four by phase", "one or four"
            )
            continue
        if row.low is None and row.high is None and row.value:
            continue
        values = dict(zip(PHASE_COLUMNS, by_phase, strict=True)) if all(given) else {}
        if row.value:
            try:
                values = {"value": float(row.value)}
            except ValueError:
                yield levers.fault(at, "value", row.value, "is not a number", "a number")
                continue
        for column, value in values.items():
            low = row.low if row.low is not None else value
            high = row.high if row.high is not None else value
            if not low <= value <= high:
                yield levers.fault(
                    at, column, value, "is outside its bounds", f"{low:.12g} to {high:.12g}"
                )


def index_766_sums(index: Table, groups: Table) -> Iterator[Fault]:
    """Components sum to their group, groups to 100."""
    sums: dict[str, float] = defaultdict(float)
    for row in index.rows:
        sums[row.group] += row.max or 0
    for at, row in groups.located():
        if abs(sums[row.id] - row.max) > SUM_TOLERANCE:
            yield groups.fault(
                at, "max", row.max, "is not the sum of its components", f"{sums[row.id]:g}"
            )
    total = sum(row.max for row in groups.rows)
    if abs(total - 100) > SUM_TOLERANCE:
        yield groups.about("max", None, f"the groups sum to {total:g}", "a sum of 100")


def index_766_known(published: Table, index: Table, groups: Table) -> Iterator[Fault]:
    """A published score is of a component, a group or the total."""
    known = {"total"} | {row.id for row in index.rows} | {row.id for row in groups.rows}
    for at, row in published.located():
        if row.component_or_group not in known:
            yield published.fault(
                at,
                "component_or_group",
                row.component_or_group,
                "is not known",
                "total, or an id of index_766.csv or index_766_groups.csv",
            )


def inputs_with_credentials(inputs: Table) -> Iterator[Fault]:
    """An input has a period and a certainty with its value, and only then."""
    for at, row in inputs.located():
        for column in ("certainty", "period"):
            if (row.value is not None) != bool(getattr(row, column)):
                yield inputs.fault(
                    at,
                    column,
                    getattr(row, column),
                    "must be given with value, and only then",
                    "empty without a value",
                )


def a_value_or_a_range(published: Table) -> Iterator[Fault]:
    """A published figure is a value or a range."""
    for at, row in published.located():
        if (row.value is None) == (row.low is None or row.high is None):
            yield published.fault(
                at, "value", row.value, "needs a value, or low and high", "one of the two"
            )


def official_needs_a_publication(sources: Table, table: Table) -> Iterator[Fault]:
    """What is called official comes from a publication (confidence H or M)."""
    weak = {row.id for row in sources.rows if row.confidence not in ("H", "M")}
    columns = TABLES[table.name].model_fields
    pairs = [(name, name.replace("certainty", "source")) for name in columns]
    pairs = [(name, source) for name, source in pairs if source != name and source in columns]
    for at, row in table.located():
        for name, source in pairs:
            if getattr(row, name) == "official" and getattr(row, source) in weak:
                yield table.fault(
                    at,
                    name,
                    "official",
                    f"but source '{getattr(row, source)}' is no publication",
                    "derived, assumed or estimated",
                )


CHECKS = (
    (sum_to_one("mix"), ("fields",)),
    (sum_to_one("share_in_field", by="field"), ("procedures",)),
    (sum_to_one("share"), ("travel_modes",)),
    (sum_to_one("weekday"), ("demand_hours",)),
    (sum_to_one("saturday"), ("demand_hours",)),
    (sum_to_one("weight"), ("online_hours",)),
    (mean_one("factor", "weekday", range(5), range(7)), ("demand_weekdays",)),
    (mean_one("factor", "month", range(1, 13), range(1, 13)), ("demand_months",)),
    (every_hour, ("online_hours",)),
    (contiguous_intervals, ("demand_hours",)),
    (week_covered_once, ("travel_periods",)),
    (triangular, ("travel_speeds",)),
    (service_complete, ("fields", "service_times", "procedures")),
    (successor_shares, ("communes", "communes_2025")),
    (old_districts, ("communes_2025", "districts")),
    (district_populations, ("districts", "communes")),
    (urban_means_quan, ("districts",)),
    (open_networks, ("networks",)),
    (phases_follow, ("phases",)),
    (exchanged_days, ("calendar",)),
    (milestone_targets, ("milestones", "targets")),
    (lever_bounds, ("levers",)),
    (index_766_sums, ("index_766", "index_766_groups")),
    (index_766_known, ("index_766_published", "index_766", "index_766_groups")),
    (inputs_with_credentials, ("index_766_inputs",)),
    (a_value_or_a_range, ("published",)),
    *(
        (official_needs_a_publication, ("sources", name))
        for name in TABLES
        if name not in NO_CREDENTIALS
    ),
)
