"""Sums over any slice of a cube, from cumulative sums over the days.

The cells are ordered by site, field, channel and, within these groups, by day; a period's sum of
a group is then the difference of two cumulative sums, exact in integers. For the whole city the
same is kept by field and channel only.
"""

import datetime
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from data.reference import Reference
from kpis import access
from kpis.measures import BY_NAME, CELL, CHANNELS, HISTOGRAM_BY_NAME, SITE_DAY, UNIT_DAY

if TYPE_CHECKING:
    from kpis.cube import Cube

CELL_NAMES = {m.name for m in CELL}
SITE_NAMES = {m.name for m in SITE_DAY}
UNIT_NAMES = {m.name for m in UNIT_DAY}
REACH_NAMES = {name for name in BY_NAME if name == "population" or name.startswith("people_")}
MOST = 0.5  # of the districts: from here on it is quicker to take away the others
DIMENSIONS = ("district", "site", "field", "channel", "unit")


class SliceError(ValueError):
    """A slice asks for what the cube does not have; the message names it."""


@dataclass(frozen=True)
class Slice:
    """A part of a cube: dates from ``start`` to before ``end``, and ids to keep (None: all).

    Districts are those of the sites; for access those of the communes, for workload of units
    those of the units.
    """

    start: datetime.date | None = None
    end: datetime.date | None = None
    districts: tuple[str, ...] | None = None
    sites: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Sums:
    """Sums of measures and histograms for one or more parts of a cube.

    ``columns``: by measure, one value per part, NaN where a measure does not apply to the slice;
    ``histograms``: by name [part, bin]. ``last_day``: last day of each part, −1 if it is empty;
    ``months``: its month, YYYY-MM. ``memo`` keeps what several formulas share.
    """

    columns: dict[str, np.ndarray]
    histograms: dict[str, np.ndarray]
    last_day: np.ndarray
    reference: Reference
    months: list[str]
    memo: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.last_day)


class Totals:
    """Answers a cube's sums by slice; arrays are made when first needed, or by ``prepare``."""

    def __init__(self, cube: "Cube"):
        self.cube = replace(cube)  # its twin without totals: no circle keeps the memory of both
        self.days = cube.days
        self.ids = {
            "district": tuple(cube.districts["code"]),
            "site": tuple(cube.sites["id"]),
            "field": tuple(cube.fields["id"]),
            "channel": CHANNELS,
            "unit": tuple(cube.units["id"]),
        }
        self.rows = {name: {i: n for n, i in enumerate(ids)} for name, ids in self.ids.items()}
        fields, channels = len(self.ids["field"]), len(CHANNELS)
        cells = cube.cells
        self.what = cells["field"].astype(np.int64) * channels + cells["channel"]
        self.whats = fields * channels
        self.day = cells["day"].astype(np.int64)
        key = (cells["site"].astype(np.int64) * self.whats + self.what) * (self.days + 1) + self.day
        self.order = np.argsort(key, kind="stable")
        group = key[self.order] // (self.days + 1)
        first = np.append(True, group[1:] != group[:-1]) if len(group) else np.zeros(0, bool)
        found = group[first]
        number = np.cumsum(first) - 1
        self.group = {
            "site": found // self.whats,
            "field": found % self.whats // channels,
            "channel": found % channels,
        }
        self.site_district = self._codes("district", cube.sites["district_code"])
        self.group["district"] = self.site_district[self.group["site"]]
        # pointer[g, d]: first row of group g on day d or later
        per_day = np.bincount(
            number * (self.days + 1) + self.day[self.order] + 1,
            minlength=len(found) * (self.days + 1) + 1,
        )
        self.pointer = np.cumsum(per_day)[: len(found) * (self.days + 1)].astype(np.int32)
        self.pointer = self.pointer.reshape(len(found), self.days + 1)
        self._group_sums: dict[str, np.ndarray] = {}
        self._city_sums: dict[str, np.ndarray] = {}
        self._entries: dict[str, tuple] = {}
        self._city_histograms: dict[str, np.ndarray] = {}
        self._site_sums: dict[str, np.ndarray] = {}
        self._unit_sums: dict[str, np.ndarray] = {}
        self._reach: dict[str, tuple] = {}
        self.unit_district = self._codes("district", cube.units["district_code"])
        self.unit_field = self._codes("field", cube.units["field"])

    def prepare(self) -> None:
        """Make all arrays now, so that no question has to wait for them."""
        for name in CELL_NAMES:
            self._by_group(name)
            self._by_what(name)
        for name in HISTOGRAM_BY_NAME:
            self._histogram_entries(name)
            self._histogram_by_what(name)
        for name in SITE_NAMES:
            self._by_site(name)
        for name in (*UNIT_NAMES, "unit_backlog"):
            self._by_unit(name)

    # ── slices ────────────────────────────────────────────────────────────────────────────────

    def chosen(self, dimension: str, ids: tuple[str, ...] | None) -> np.ndarray | None:
        """Which codes of a dimension a slice keeps (bool), None for all. Raises SliceError."""
        if ids is None:
            return None
        mask = np.zeros(len(self.ids[dimension]), bool)
        for one in ids:
            if one not in self.rows[dimension]:
                raise SliceError(f"no {dimension} '{one}' in this run")
            mask[self.rows[dimension][one]] = True
        return mask

    def edges(self, part: Slice) -> tuple[int, int]:
        """First and last day number (exclusive) of a slice within the horizon."""
        low = 0 if part.start is None else self.cube.day_of(part.start)
        high = self.days if part.end is None else self.cube.day_of(part.end)
        return low, max(low, high)

    def sums(
        self,
        part: Slice,
        edges: np.ndarray,
        by: str | None,
        measures: set[str],
        histograms: set[str],
        reference: Reference,
    ) -> Sums:
        """Sums of measures and histograms over a slice.

        ``edges``: day numbers that bound the parts; with ``by`` (a dimension) there is one period
        and a part per id of the dimension. Raises SliceError for unknown ids.
        """
        edges = np.asarray(edges, np.int64)
        masks = {
            name: self.chosen(name, getattr(part, f"{name}s"))
            for name in ("district", "site", "field", "channel")
        }
        count = len(self.ids[by]) if by else len(edges) - 1
        columns: dict[str, np.ndarray] = {}
        found = {}
        wanted = measures & CELL_NAMES
        if by == "unit":
            columns |= {name: np.full(count, np.nan) for name in wanted}
            found = {name: np.zeros((count, HISTOGRAM_BY_NAME[name].size)) for name in histograms}
        elif masks["district"] is None and masks["site"] is None and by not in ("district", "site"):
            keep = self._whats(masks)
            for name in wanted:
                columns[name] = self._spread(self._by_what(name)[edges], keep, by)
            for name in histograms:
                found[name] = self._spread(self._histogram_by_what(name)[edges], keep, by)
        else:
            columns, found = self._of_districts(masks, edges, by, count, wanted, histograms)
        for name in measures - CELL_NAMES:
            columns[name] = self._other(name, masks, edges, by, count, reference)
        last = edges[1:] - 1
        last = np.where(edges[1:] > edges[:-1], last, -1)
        if by:
            last = np.repeat(last, count)
        months = [self.cube.date_of(day).strftime("%Y-%m") if day >= 0 else "" for day in last]
        return Sums(columns, found, last, reference, months)

    def _of_districts(self, masks, edges, by, count, measures, histograms) -> tuple[dict, dict]:
        """Columns and histograms of a slice by groups; most of the city is all but the rest."""
        district = masks["district"]
        if by or masks["site"] is not None or district is None or district.mean() <= MOST:
            return self._of_groups(masks, edges, by, count, measures, histograms)
        keep = self._whats(masks)
        rest = masks | {"district": ~district}
        columns, found = self._of_groups(rest, edges, by, count, measures, histograms)
        for name, values in columns.items():
            columns[name] = self._spread(self._by_what(name)[edges], keep, by) - values
        for name, values in found.items():
            found[name] = self._spread(self._histogram_by_what(name)[edges], keep, by) - values
        return columns, found

    def _of_groups(self, masks, edges, by, count, measures, histograms) -> tuple[dict, dict]:
        """Columns and histograms of a slice by its groups of site, field and channel."""
        groups = self._groups(masks)
        rows = self._row_bounds(groups, edges)
        columns = {
            name: self._fold(np.diff(self._by_group(name)[rows], axis=1), groups, by)
            for name in measures
        }
        found = {name: self._histogram(name, groups, rows, by, count) for name in histograms}
        return columns, found

    def _other(self, name, masks, edges, by, count, reference) -> np.ndarray:
        """Site-days, unit-days and stocks; NaN where they do not apply to the slice."""
        field_or_channel = masks["field"] is not None or masks["channel"] is not None
        nothing = np.full(count, np.nan)
        if name in SITE_NAMES:
            if field_or_channel or by in ("field", "channel", "unit"):
                return nothing
            by_site = np.diff(self._by_site(name)[edges], axis=0)
            return self._collect(by_site, self._sites(masks), self._site_parts(by), count)
        if name in UNIT_NAMES or name == "unit_backlog":
            if (
                masks["site"] is not None
                or masks["channel"] is not None
                or by in ("site", "channel")
            ):
                return nothing
            if name in UNIT_NAMES:
                by_unit = np.diff(self._by_unit(name)[edges], axis=0)
            else:
                by_unit = self._at_end(self._by_unit(name), edges)
            return self._collect(by_unit, self._units(masks), self._unit_parts(by), count)
        if name == "reception_units":
            if by in ("field", "channel", "unit"):
                return nothing
            open_units = self._at_end(self._open_units, edges)
            return self._collect(open_units, self._sites(masks), self._site_parts(by), count)
        if masks["site"] is not None or by not in (None, "district"):
            return nothing
        days, by_district = self._people(name, reference)
        epoch = np.searchsorted(days, np.maximum(edges[1:] - 1, 0), side="right") - 1
        people = by_district[epoch] * (edges[1:] > edges[:-1])[:, None]
        keep = np.ones(people.shape[1], bool) if masks["district"] is None else masks["district"]
        parts = np.arange(people.shape[1]) if by else None
        return self._collect(people, keep, parts, count)

    # ── the whole city: by day, field and channel ─────────────────────────────────────────────

    def _whats(self, masks) -> np.ndarray:
        """Which combinations of field and channel a slice keeps."""
        fields, channels = len(self.ids["field"]), len(self.ids["channel"])
        field = np.ones(fields, bool) if masks["field"] is None else masks["field"]
        channel = np.ones(channels, bool) if masks["channel"] is None else masks["channel"]
        return np.outer(field, channel).ravel()

    def _spread(self, cumulative: np.ndarray, keep: np.ndarray, by: str | None) -> np.ndarray:
        """Differences of cumulative sums [edge, what, …] as one row per part."""
        differences = np.diff(cumulative, axis=0)
        differences[:, ~keep] = 0
        if by is None:
            return differences.sum(axis=1).astype(float)
        fields, channels = len(self.ids["field"]), len(self.ids["channel"])
        table = differences[0].reshape(fields, channels, *differences.shape[2:])
        return table.sum(axis=1 if by == "field" else 0).astype(float)

    def _by_what(self, name: str) -> np.ndarray:
        """Cumulative sums [day, what] of a measure."""
        if name not in self._city_sums:
            sums = np.bincount(
                self.day * self.whats + self.what,
                self.cube.cells[name],
                self.days * self.whats,
            )
            self._city_sums[name] = _cumulative(sums.reshape(self.days, self.whats))
        return self._city_sums[name]

    def _histogram_by_what(self, name: str) -> np.ndarray:
        """Cumulative counts [day, what, bin]."""
        if name not in self._city_histograms:
            sparse, size = self.cube.histograms[name], HISTOGRAM_BY_NAME[name].size
            cell = np.repeat(np.arange(len(self.day)), np.diff(sparse.offsets))
            key = (self.day * self.whats + self.what)[cell] * size + sparse.bins
            counts = np.bincount(key, sparse.counts, self.days * self.whats * size)
            counts = counts.reshape(self.days, self.whats, size)
            self._city_histograms[name] = _cumulative(counts, np.int32)
        return self._city_histograms[name]

    # ── parts of the city: by group of site, field and channel ────────────────────────────────

    def _groups(self, masks) -> np.ndarray:
        """Numbers of the groups a slice keeps."""
        keep = np.ones(len(self.pointer), bool)
        for name, mask in masks.items():
            if mask is not None:
                keep &= mask[self.group[name]]
        return np.flatnonzero(keep)

    def _row_bounds(self, groups: np.ndarray, edges: np.ndarray) -> np.ndarray:
        """First rows [group, edge] on or after each edge; rows are numbered in group order."""
        inside = np.minimum(edges, self.days)
        return self.pointer[groups[:, None], inside[None, :]]

    def _by_group(self, name: str) -> np.ndarray:
        """Cumulative sums of a measure over the rows in group order, from 0."""
        if name not in self._group_sums:
            values = self.cube.cells[name][self.order]
            total = int(values.sum(dtype=np.int64))
            dtype = np.int32 if total < 2**31 else np.int64
            cumulative = np.zeros(len(values) + 1, dtype)
            np.cumsum(values, dtype=dtype, out=cumulative[1:])
            self._group_sums[name] = cumulative
        return self._group_sums[name]

    def _fold(self, values: np.ndarray, groups: np.ndarray, by: str | None) -> np.ndarray:
        """Values [group, period] as one number per part."""
        if by is None:
            return values.sum(axis=0, dtype=np.int64).astype(float)
        return np.bincount(self.group[by][groups], values[:, 0], len(self.ids[by]))

    def _histogram_entries(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Offsets by row in group order, bins and counts."""
        if name not in self._entries:
            sparse = self.cube.histograms[name]
            lengths = np.diff(sparse.offsets)[self.order]
            offsets = np.append(0, np.cumsum(lengths))
            source = _ranges(sparse.offsets[:-1][self.order], lengths)
            self._entries[name] = (offsets, sparse.bins[source], sparse.counts[source])
        return self._entries[name]

    def _histogram(self, name, groups, rows, by, count) -> np.ndarray:
        """Counts [part, bin] over the rows of the groups."""
        size = HISTOGRAM_BY_NAME[name].size
        offsets, bins, counts = self._histogram_entries(name)
        first, last = offsets[rows[:, :-1]], offsets[rows[:, 1:]]
        part = self.group[by][groups][:, None] if by else np.arange(count)[None, :]
        part = np.broadcast_to(part, first.shape)
        lengths = (last - first).ravel()
        source = _ranges(first.ravel(), lengths)
        key = bins[source].astype(np.int64)
        if count > 1:
            key += np.repeat(part.ravel() * size, lengths)
        return np.bincount(key, counts[source], count * size).reshape(count, size)

    # ── site-days, unit-days, stocks ──────────────────────────────────────────────────────────

    def _by_site(self, name: str) -> np.ndarray:
        """Cumulative sums [day, site]."""
        if name not in self._site_sums:
            table = self.cube.site_days
            key = table["day"].astype(np.int64) * len(self.cube.sites) + table["site"]
            sums = np.bincount(key, table[name], self.days * len(self.cube.sites))
            self._site_sums[name] = _cumulative(sums.reshape(self.days, len(self.cube.sites)))
        return self._site_sums[name]

    def _by_unit(self, name: str) -> np.ndarray:
        """Cumulative sums [day, unit]; for the backlog, its value at the end of each day."""
        if name not in self._unit_sums:
            table, units = self.cube.unit_days, len(self.cube.units)
            key = table["day"].astype(np.int64) * units + table["unit"]
            sums = np.bincount(key, table[name], self.days * units).reshape(self.days, units)
            stock = name == "unit_backlog"
            self._unit_sums[name] = sums.astype(np.int64) if stock else _cumulative(sums)
        return self._unit_sums[name]

    @property
    def _open_units(self) -> np.ndarray:
        """Reception units open [day, site]."""
        if "open" not in self._site_sums:
            sites = self.cube.sites
            day = np.arange(self.days)[:, None]
            here = (sites["opens_day"].to_numpy() <= day) & (day < sites["closes_day"].to_numpy())
            here &= (sites["kind"] != "online").to_numpy()
            self._site_sums["open"] = here * sites["units"].to_numpy(np.int64)
        return self._site_sums["open"]

    def _people(self, name: str, reference: Reference) -> tuple[np.ndarray, np.ndarray]:
        """First days of the epochs and inhabitants [epoch, district]."""
        key = f"{name} {reference.version}"
        if key not in self._reach:
            frame = self.cube.access
            days = np.unique(frame["from_day"].to_numpy())
            epoch = np.searchsorted(days, frame["from_day"])
            districts = len(self.ids["district"])
            cell = epoch * districts + self._codes("district", frame["district_code"])
            for measure, people in access.reach(frame, reference).items():
                sums = np.bincount(cell, people, len(days) * districts)
                self._reach[f"{measure} {reference.version}"] = (
                    days,
                    sums.reshape(len(days), districts),
                )
        return self._reach[key]

    def _sites(self, masks) -> np.ndarray:
        keep = np.ones(len(self.ids["site"]), bool)
        if masks["site"] is not None:
            keep &= masks["site"]
        if masks["district"] is not None:
            keep &= masks["district"][self.site_district]
        return keep

    def _units(self, masks) -> np.ndarray:
        keep = np.ones(len(self.ids["unit"]), bool)
        for codes, mask in (
            (self.unit_district, masks["district"]),
            (self.unit_field, masks["field"]),
        ):
            if mask is not None:
                keep &= np.where(codes >= 0, mask[codes], False)
        return keep

    def _site_parts(self, by: str | None) -> np.ndarray | None:
        return {"site": np.arange(len(self.ids["site"])), "district": self.site_district}.get(by)

    def _unit_parts(self, by: str | None) -> np.ndarray | None:
        return {
            "unit": np.arange(len(self.ids["unit"])),
            "district": self.unit_district,
            "field": self.unit_field,
        }.get(by)

    def _at_end(self, stock: np.ndarray, edges: np.ndarray) -> np.ndarray:
        """A stock [day, …] at the last day of each period; nothing where the period is empty."""
        last = np.maximum(edges[1:] - 1, 0)
        return stock[last] * (edges[1:] > edges[:-1])[:, None]

    def _collect(self, values, keep, parts, count) -> np.ndarray:
        """Values [period, thing] of the things kept, as one number per part."""
        if parts is None:
            return values[:, keep].sum(axis=1).astype(float)
        keep = keep & (parts >= 0)
        return np.bincount(parts[keep], values[0, keep], count).astype(float)

    def _codes(self, dimension: str, ids) -> np.ndarray:
        """Row numbers of ids, −1 where there is none."""
        return np.array([self.rows[dimension].get(one, -1) for one in ids], np.int64)


def _cumulative(sums: np.ndarray, dtype=np.int64) -> np.ndarray:
    """Cumulative sums over the first axis, from 0."""
    cumulative = np.zeros((len(sums) + 1, *sums.shape[1:]), dtype)
    np.cumsum(sums.astype(dtype), axis=0, out=cumulative[1:])
    return cumulative


def _ranges(first: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The numbers first[i], first[i]+1, … of every range, one after the other."""
    total = int(lengths.sum())
    before = np.cumsum(lengths) - lengths
    return np.arange(total) + np.repeat(first.astype(np.int64) - before, lengths)
