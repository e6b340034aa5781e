"""Four districts of the city with one or two counters of a kind at a site: a few hundred dossiers
make queues, and a run takes a fraction of a second."""

from dataclasses import replace
from functools import cache

import pandas as pd

from data.reference import Reference, load

DISTRICTS = ("002", "003", "004", "018")  # a suburban one among them
COMMUNES = 3  # of each district: the last ones, some of which lie nearer to another's branch
MOST_COUNTERS = 2  # of a kind at a site
MOST_OFFICERS = 2  # of a unit


@cache
def small_city() -> Reference:
    """The reference tables, cut down: every kind of site of every base network is left."""
    whole = load()
    communes = _of(whole.communes, "district_code").groupby("district_code").tail(COMMUNES)
    here = whole.sites[whole.sites["district_code"].isin(DISTRICTS)]
    networks = whole.networks[whole.networks["site_id"].isin(here["id"])]
    where = networks["site_id"].map(here.set_index("id")["district_code"])
    alike = ["network", "where", "accepts", "opens"]
    networks = networks.assign(where=where).groupby(alike, sort=False).head(1)
    counters = [name for name in networks if name.endswith(("_am", "_pm", "_sat"))]
    units = whole.units[whole.units["district_code"].isin((*DISTRICTS, ""))]
    return replace(
        whole,
        communes=communes.reset_index(drop=True),
        districts=_of(whole.districts, "code"),
        sites=here.reset_index(drop=True),
        networks=networks.drop(columns="where").assign(
            **networks[counters].clip(upper=MOST_COUNTERS)
        ),
        units=units.assign(officers=units["officers"].clip(upper=MOST_OFFICERS)).reset_index(
            drop=True
        ),
    )


def _of(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table[table[column].isin(DISTRICTS)].reset_index(drop=True)
