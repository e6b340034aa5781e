"""What the model refuses, in the person's language: the sentence of a rule, with names in place of
ids and days as people write them.

The model speaks English, one sentence a rule; ``RULES`` knows each of them.
"""

import re
from datetime import date
from typing import Any

from dashboard.text import Words
from data.reference import load

DAY, NAME = r"\d{4}-\d{2}-\d{2}", r"[\w.+-]+"
RULES = (
    (rf"on (?P<day>{DAY}) no open site has a counter for field '(?P<field>\w+)'", "no_site"),
    (r"network: no site is left", "nothing_left"),
    (
        rf"sites\.(?P<site>{NAME}): closes (?P<closes>{DAY}) must be later than opens "
        rf"(?P<opens>{DAY})",
        "closes_first",
    ),
    (rf"closes (?P<closes>{DAY}) must be later than opens (?P<opens>{DAY})", "closes_too_early"),
    (rf"network\.sites\.(?P<site>{NAME}): a new site needs (?P<missing>.+)", "site_needs"),
    (
        rf"sites\.(?P<site>{NAME}): lat (?P<lat>[\d.]+), lon (?P<lon>[\d.]+) is outside the city, "
        r"(?P<km>[\d.]+) km from the nearest commune, at most (?P<most>\d+) km",
        "outside_the_city",
    ),
    (rf"sites\.(?P<site>{NAME})\.district: no district '(?P<code>[^']*)'", "no_district"),
    (
        rf"gives site (?P<site>{NAME}) (?P<count>\d+) (?P<pool>\w+) counters, at most "
        r"(?P<most>\d+)",
        "too_many_counters",
    ),
    (r"staff\.units\.(?P<code>.+): no such id", "no_unit"),
    (r"rules\.statutory_days\.(?P<code>.+): no such id", "no_procedure"),
    (r"make about (?P<count>[\d,]+) dossiers, at most (?P<most>[\d,]+)", "too_many_dossiers"),
    (rf"end (?P<end>{DAY}) must be later than start (?P<start>{DAY})", "end_first"),
    (r"at most (?P<most>\d+) days may be simulated", "horizon_too_long"),
    (rf"calendar is known from (?P<start>{DAY}) to (?P<end>{DAY})", "no_calendar"),
    (r"the phases must begin one after the other", "phase_order"),
    (r"batch_mean (?P<mean>[\d.]+) must not exceed batch_max (?P<most>\d+)", "batches"),
    (r"online \+ agent \+ post in (?P<phase>\w+) is (?P<share>[\d.]+)", "channels_over_all"),
    (r"at_counter \+ by_post in (?P<phase>\w+) is (?P<share>[\d.]+)", "results_over_all"),
    (r"the day \[(?P<hours>.+)\] must run from morning to afternoon", "hours_order"),
    (r"saturday_open must be before saturday_close", "saturday_order"),
    (r"line (?P<line>\d+): '(?P<key>.+)' stands twice", "said_twice"),
    (r"line (?P<line>\d+): references \(\*(?P<name>.+)\)", "references"),
    (r"line (?P<line>\d+): more than (?P<most>\d+) levels", "too_deep"),
    (r"broken YAML in line (?P<line>\d+)", "broken_yaml"),
    (r"broken YAML", "broken_yaml_somewhere"),
    (r"must hold named levers", "no_levers"),
    (r"has more than (?P<most>[\d,]+) characters", "too_long"),
)


def in_words(sentence: str, language: Words) -> str:
    """The sentence of the model in the person's language; unchanged if no rule says so."""
    for pattern, rule in RULES:
        if match := re.search(pattern, sentence):
            named = {key: _named(key, text, language) for key, text in match.groupdict().items()}
            return language(f"refused.{rule}", **named)
    return sentence


def _named(key: str, text: str, language: Words) -> str:
    if re.fullmatch(DAY, text):
        return language.date(date.fromisoformat(text))
    if key == "field":
        return _row("fields", text, language)
    if key == "phase":
        return language("compare.before") if text == "before" else _row("phases", text, language)
    if key == "pool":
        return language(f"code.{text}")
    if key == "missing":
        return language.list([language(f"refused.part_{part}") for part in text.split(", ")])
    if key == "share":
        return language.share(float(text))
    if key in ("lat", "lon", "km"):
        return language.number(float(text), 1 if key == "km" else 4)
    if key in ("count", "most", "mean"):
        number = float(text.replace(",", ""))
        return language.number(number, 0 if number.is_integer() else 1)
    return text.replace("'", "")


def _row(table: str, which: str, language: Words) -> str:
    rows: Any = getattr(load(), table).set_index("id")
    return language.of(rows.loc[which]) if which in rows.index else which
