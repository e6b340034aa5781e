"""Names of periods, changes of levers and refusals, in words."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from dashboard import forms
from dashboard.refusals import in_words
from dashboard.text import MISSING, Words
from data.reference import load
from kpis.findings import WHOLE

NOT_SAID = ("closes", "district")


def period_name(period: str, language: Words) -> str:
    """What a period of the findings is called."""
    if period == WHOLE:
        return language("period.whole")
    if period == "before" or period.startswith("phase_"):
        return forms.phase_name(period, language)
    return f"{period[5:]}/{period[:4]}"


def change_in_words(change: tuple[str, Any, Any], language: Words) -> str:
    """A lever with its old and new value, or what becomes of a site."""
    path, old, new = change
    name = forms.name_of(path, language)
    if path.startswith(f"{forms.SITES}."):
        return f"{name}: {site_in_words(old, new, language)}"
    base, _, code = path.rpartition(".")
    if base in forms.BY_ROW:
        _, default = forms.rows_of(base, language).get(code, (code, None))
        told = [default if value is None else value for value in (old, new)]
        return f"{name}: {' → '.join(MISSING if one is None else str(one) for one in told)}"
    lever = forms.lever_at(path)
    return f"{name}: {forms.told(old, lever, language)} → {forms.told(new, lever, language)}"


def site_in_words(old: dict[str, Any] | None, new: dict[str, Any] | None, language: Words) -> str:
    """Everything in which a site (``forms.site_as_it_is``) is not what it was."""
    if new is None:
        return language("network.state_removed")
    if old is None:
        told = [_part(name, (value,), language) for name, value in new.items() if value]
        return "; ".join([language("network.added"), *told])
    return "; ".join(
        _part(name, (old[name], value), language)
        for name, value in new.items()
        if value != old[name]
    )


def _part(name: str, values: Sequence[Any], language: Words) -> str:
    """A part of a site with its value, or its old and new one."""
    told = " → ".join(_of_site(name, value, language) for value in values)
    return f"{_counters_name(name, language) or language(f'network.its_{name}')} {told}"


def _counters_name(name: str, language: Words) -> str:
    """Counters of a site, ``general_am``, or of a phase there, ``phase_1.general_am``, in words;
    "" for anything else."""
    phase, _, counter = name.rpartition(".")
    if counter not in forms.COUNTERS:
        return ""
    pool, shift = counter.split("_")
    what = language(f"network.counters_{shift}", pool=language(f"code.{pool}"))
    return f"{forms.phase_name(phase, language)}: {what}" if phase else what


def _of_site(name: str, value: Any, language: Words) -> str:
    if value is None:
        return language(f"network.no_{name}" if name in NOT_SAID else "network.as_usual")
    if name == "name":
        return f"“{value[language.lang == 'en']}”"
    if name == "place":
        return f"({'; '.join(language.number(degrees, 4) for degrees in value)})"
    if name == "district":
        names = load().districts.set_index("code")["name"]
        return names.get(value, value)
    if name in ("kind", "accepts"):
        return language(f"code.{value}")
    return language.date(value) if isinstance(value, date) else language.number(value)


def reason(error: Exception, language: Words) -> str:
    """Why something was refused, in the person's language."""
    if isinstance(error, forms.EntryError):
        return f"{_field_name(error.part, language)}{language(error.key)}"
    if said := getattr(error, language.lang, ""):
        return said
    if not getattr(error, "faults", []):
        return in_words(str(error), language)
    return "; ".join(fault_sentences(error.faults, language))


def _field_name(part: str, language: Words) -> str:
    """The field of a site's form before what is wrong there; "" for no field."""
    if not part:
        return ""
    name = _counters_name(part, language) or language(f"network.{part}")
    return f"{name[:1].upper()}{name[1:]}: "


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
