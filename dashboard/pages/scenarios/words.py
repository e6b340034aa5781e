"""Names of periods, changes of levers and refusals, in words."""

import re
from datetime import datetime
from typing import Any

from dashboard import forms
from dashboard.text import Words
from data.reference import load
from kpis.findings import WHOLE
from simulation import Scenario
from simulation.scenario import difference

LABELS = ("name", "title", "description", "author", "parent", "seed")

# What the model says of levers that contradict each other, and the key of the same in words.
CONTRADICTIONS = (
    (
        r"on day (?P<day>\d+) of the horizon no open site has a counter for field '(?P<field>\w+)'",
        "refused.no_site",
    ),
    (r"network: no site is left", "refused.nothing_left"),
    (
        r"sites\.(?P<site>\S+): closes (?P<closes>\S+) must be later than opens (?P<opens>\S+)",
        "refused.closes_first",
    ),
    (r"network\.sites\.(?P<site>\S+): a new site needs (?P<missing>.+)", "refused.site_needs"),
    (
        r"gives site (?P<site>\S+) (?P<count>\d+) (?P<pool>\w+) counters, at most (?P<most>\d+)",
        "refused.too_many_counters",
    ),
    (r"broken YAML(?: in line (?P<line>\d+))?", "refused.broken_yaml"),
    (r"must hold named levers", "refused.no_levers"),
    (r"has more than (?P<most>[\d,]+) characters", "refused.too_long"),
)


def period_name(period: str, language: Words) -> str:
    """What a period of the findings is called."""
    if period == WHOLE:
        return language("period.whole")
    if period == "before" or period.startswith("phase_"):
        return forms.phase_name(period, language)
    return f"{period[5:]}/{period[:4]}"


def changes_of(parent: Scenario, scenario: Scenario) -> list[tuple[str, Any, Any]]:
    """Levers in which a scenario differs from its parent: (dotted path, there, here); a site's
    changes are one."""
    found: dict[str, tuple[str, Any, Any]] = {}
    for path, old, new in difference(parent, scenario):
        if path == "seed":
            continue
        if path.startswith(f"{forms.SITES}."):
            site = ".".join(path.split(".")[:3])
            found[site] = (
                site,
                parent.network.sites.get(path.split(".")[2]),
                scenario.network.sites.get(path.split(".")[2]),
            )
        elif path != forms.SITES:
            found[path] = (path, old, new)
    return list(found.values())


def change_in_words(change: tuple[str, Any, Any], language: Words) -> str:
    """A lever with its old and new value, or what happens to a site."""
    path, old, new = change
    name = forms.name_of(path, language)
    if path.startswith(f"{forms.SITES}."):
        return f"{name}: {site_in_words(new, language)}"
    lever = next((one for one in forms.levers() if path in one.paths), None)
    return f"{name}: {_value(old, lever, language)} → {_value(new, lever, language)}"


def site_in_words(change: Any, language: Words) -> str:
    """What a scenario does to a site."""
    if change is None:
        return language("network.state_base")
    if change.removed:
        return language("network.state_removed")
    parts = []
    if change.name:
        parts.append(change.name)
    for day, key in ((change.opens, "network.opens_on"), (change.closes, "network.closes_on")):
        if day:
            parts.append(language(key, day=language.date(day)))
    if change.lat is not None:
        parts.append(f"{language.number(change.lat, 4)}; {language.number(change.lon, 4)}")
    if change.counters:
        total = sum(v for k, v in change.counters.model_dump().items() if k.endswith("_am"))
        parts.append(language("network.so_many_counters", count=language.number(total)))
    if any(change.counters_by_phase.model_dump().values()):
        parts.append(language("network.by_phase"))
    return ", ".join(parts) or language("network.state_changed")


def _value(value: Any, lever: forms.Lever | None, language: Words) -> str:
    if value is None or value == "":
        return "–"
    if lever is None:
        return str(value)
    if lever.kind == forms.SWITCH:
        return language("word.yes" if value else "word.no")
    text = forms.shown(value, lever, language).replace("\n", "; ")
    return f"{text}%" if lever.kind == forms.SHARE else text


def reason(error: Exception, language: Words) -> str:
    """Why something was refused, in the person's language."""
    if language.lang == "en":
        return getattr(error, "en", "") or str(error)
    if getattr(error, "vi", ""):
        return error.vi
    if getattr(error, "faults", []):
        told = forms.faults_in_words(error, language)
        return "; ".join(
            f"{forms.name_of(path, language)}: {sentence}" if path else sentence
            for path, sentence in told.items()
        )
    for pattern, key in CONTRADICTIONS:
        if match := re.search(pattern, str(error)):
            return language(key, **_named(match.groupdict(), language))
    return str(error)


def _named(found: dict[str, str | None], language: Words) -> dict[str, str]:
    """Names in place of the ids of a sentence."""
    named = {key: value or "?" for key, value in found.items()}
    if "field" in named:
        fields = load().fields.set_index("id")
        named["field"] = language.of(fields.loc[named["field"]])
    return named


def moment(when: datetime | None, language: Words) -> str:
    """A day and time of the clock of the server's place."""
    if when is None:
        return "–"
    here = when.astimezone()
    return f"{here:%H:%M} {language.date(here.date())}"
