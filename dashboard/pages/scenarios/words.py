"""Names of periods, changes of levers and refusals, in words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dashboard import forms
from dashboard.refusals import in_words
from dashboard.text import Words
from kpis.findings import WHOLE

LABELS = ("name", "title", "description", "author", "parent", "seed")


def period_name(period: str, language: Words) -> str:
    """What a period of the findings is called."""
    if period == WHOLE:
        return language("period.whole")
    if period == "before" or period.startswith("phase_"):
        return forms.phase_name(period, language)
    return f"{period[5:]}/{period[:4]}"


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
    if said := getattr(error, language.lang, ""):
        return said
    if not getattr(error, "faults", []):
        return in_words(str(error), language)
    return "; ".join(fault_sentences(error.faults, language))


def fault_sentences(faults: Sequence[dict[str, Any]], language: Words) -> list[str]:
    """What pydantic found wrong, each with the name of its lever."""
    told = forms.faults_in_words(faults, language)
    return [
        f"{forms.name_of(path, language)}: {sentence}" if path else sentence
        for path, sentence in told.items()
    ]


def moment(when: datetime | None, language: Words) -> str:
    """A day and time of the clock of the server's place."""
    if when is None:
        return "–"
    here = when.astimezone()
    return f"{here:%H:%M} {language.date(here.date())}"
