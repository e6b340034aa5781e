"""The small run's dossiers counted straight from its records, and slices at random."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from dashboard.queries import CHANNELS
from data.reference import load
from simulation.records import NEVER, Channel
from tests.dashboard.memory import small_cube, small_result

DAY_MS = 86_400_000
SLICES = 50


@dataclass(frozen=True)
class Part:
    """A part of the small run: days (both included) and what an address may narrow."""

    first: date
    last: date
    district: str = ""
    field: str = ""
    channel: str = ""

    @property
    def address(self) -> str:
        """The query that asks for it."""
        pairs = {
            "ky": f"{self.first}_{self.last}",
            "quan": self.district,
            "linhvuc": self.field,
            "kenh": self.channel,
        }
        return "?" + "&".join(f"{key}={value}" for key, value in pairs.items() if value)


def at_random(count: int = SLICES) -> list[Part]:
    """Parts of the small run, drawn with a fixed seed; half of them of the whole city."""
    draw, cube, reference = random.Random(766), small_cube(), load()
    parts = []
    for _ in range(count):
        first, last = sorted(draw.randrange(cube.days) for _ in range(2))
        parts.append(
            Part(
                cube.start + timedelta(days=first),
                cube.start + timedelta(days=last),
                draw.choice(["", *reference.districts["code"]]) if draw.random() < 0.5 else "",
                draw.choice(["", *reference.fields["id"]]),
                draw.choice(["", "", *CHANNELS]),
            )
        )
    return parts


@cache
def _columns() -> dict[str, np.ndarray]:
    """Of every dossier: site's district, field, channel, days, and what is counted."""
    result = small_result()
    plan, own = result.plan, result.dossiers
    home = np.asarray(plan.online_site)[np.asarray(plan.commune_district)[own["commune"]]]
    site = np.where(own["site"] == NEVER, home, own["site"])
    late = (own["ready_ms"] > own["due_ms"]) | (own["supplements"] > 1)
    cube = small_cube()
    return {
        "district": cube.sites["district_code"].to_numpy()[site],
        "field": cube.fields["id"].to_numpy()[own["field"]],
        "channel": np.array(CHANNELS)[own["channel"]],
        "received_on": np.where(own["received_ms"] == NEVER, -1, own["received_ms"] // DAY_MS),
        "ready_on": np.where(own["ready_ms"] == NEVER, -1, own["ready_ms"] // DAY_MS),
        "received_online": np.isin(own["channel"], [Channel.ONLINE, Channel.AGENT]),
        "digitised": own["digitised"].astype(bool),
        "documents": own["documents"],
        "reused": own["reused"],
        "on_time": ~late,
        "electronic": own["electronic"].astype(bool),
    }


def count(part: Part) -> dict[str, int]:
    """received, received_online, digitised, documents, reused (of dossiers received); resolved,
    on_time, electronic (of dossiers resolved)."""
    rows, start = _columns(), small_cube().start
    keep = np.ones(len(rows["district"]), bool)
    for name in ("district", "field", "channel"):
        if wanted := getattr(part, name):
            keep &= rows[name] == wanted
    low, high = (part.first - start).days, (part.last - start).days
    found = {}
    for moment, total, names in (
        ("received_on", "received", ("received_online", "digitised", "documents", "reused")),
        ("ready_on", "resolved", ("on_time", "electronic")),
    ):
        own = keep & (rows[moment] >= low) & (rows[moment] <= high)
        found[total] = int(own.sum())
        found |= {name: int(rows[name][own].sum()) for name in names}
    return found
