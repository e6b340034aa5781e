"""Names of periods, changes of levers and refusals, in words."""

from typing import Any

from dashboard.text import Words
from data.reference import load
from kpis.findings import WHOLE


def period_name(period: str, language: Words) -> str:
    """What a period of the findings is called."""
    if period == WHOLE:
        return language("period.whole")
    if period == "before":
        return language("compare.before")
    if period.startswith("phase_"):
        phases = load().phases.set_index("id")
        return language.of(phases.loc[period]) if period in phases.index else period
    return f"{period[5:]}/{period[:4]}"


def change_in_words(change: tuple[str, Any, Any], language: Words) -> str:
    """A lever with its old and new value."""
    path, old, new = change
    levers = load().levers.set_index("path")
    name, _, phase = path.rpartition(".")
    if path in levers.index:
        label = language.of(levers.loc[path])
    elif name in levers.index:
        label = f"{language.of(levers.loc[name])}, {period_name(phase, language)}"
    else:
        label = path
    return f"{label}: {_shown(old, language)} → {_shown(new, language)}"


def _shown(value: Any, language: Words) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return language("word.yes" if value else "word.no")
    if isinstance(value, int | float):
        return language.value(float(value), "")
    return str(value)


def reason(error: Exception, language: Words) -> str:
    """Why something was refused, in the person's language where it is known there."""
    if language.lang == "vi":
        return getattr(error, "vi", "") or str(error)
    return getattr(error, "en", "") or str(error)
