"""The form with every lever, as HTML text: a Dash component for each of the thousand pieces would
take seconds to appear. ``assets/scenarios.js`` sends what is typed and puts in what comes back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from markupsafe import Markup

from dashboard import forms
from dashboard.components import certainty_markup, icon_markup
from dashboard.forms import Lever
from dashboard.text import MISSING, Words
from data.reference import load
from data.store.library import Saved
from simulation import Scenario

CERTAINTIES = ("official", "derived", "assumed", "estimated")
LABELS = ("name", "parent", "author")
OPEN_AT_FIRST = ("network", "staff")
LONG_TEXTS = ("description.vi", "description.en")


@dataclass(frozen=True)
class Sight:
    """A scenario and its parent with the values of both."""

    saved: Saved
    parent: Saved | None
    here: dict[str, Any]
    there: dict[str, Any]

    @classmethod
    def of(cls, saved: Saved, parent: Saved | None) -> "Sight":
        """The two with their values."""
        values = [one.scenario.model_dump(mode="json") if one else {} for one in (saved, parent)]
        return cls(saved, parent, *values)

    def is_changed(self, path: str) -> str:
        """Whether a lever differs from the parent's: "yes" or ""."""
        if self.parent is None or path in LABELS:
            return ""
        same = forms.value_at(self.here, path) == forms.value_at(self.there, path)
        return "" if same else "yes"


def form(sight: Sight, language: Words) -> Markup:
    """Every lever in the groups of a planner."""
    groups: dict[str, list[Lever]] = {}
    for lever in forms.levers():
        groups.setdefault(lever.group, []).append(lever)
    return Markup("").join(group(name, of_it, sight, language) for name, of_it in groups.items())


def group(name: str, levers: Sequence[Lever], sight: Sight, language: Words) -> Markup:
    """One group, folded but for the first things a planner looks at."""
    return Markup(
        '<details class="panel lever-group"{}><summary><h2 class="card-title">{}</h2>'
        '<span class="group-changed" data-text="{}"></span></summary>{}</details>'
    ).format(
        Markup(" open") if name in OPEN_AT_FIRST else "",
        language(f"lever_group.{name}"),
        language("editor.group_changed", count="#"),
        Markup("").join(row(lever, sight, language) for lever in levers),
    )


def row(lever: Lever, sight: Sight, language: Words) -> Markup:
    """One lever with its inputs and credentials."""
    name = forms.name_of(lever.path, language)
    return Markup(
        '<div class="lever-row" data-path="{path}" data-name="{name}" data-words="{words}" '
        'data-changed="{changed}"><div><span class="lever-name">{name}</span>{unit}</div>'
        '<div class="lever-inputs lever-{kind}">{inputs}</div>'
        '<div class="lever-state" id="state-{path}">{state}</div>{about}</div>'
    ).format(
        path=lever.path,
        name=name,
        words=f"{name} {lever.path} {forms.why(lever, language)}".lower(),
        changed=sight.is_changed(lever.path),
        unit=unit(lever.path, language),
        kind=lever.kind,
        inputs=Markup("").join(entry(lever, path, name, sight, language) for path in lever.paths),
        state=mark(lever, sight, {}, {}, language),
        about=about(lever.path, language),
    )


def entry(lever: Lever, path: str, name: str, sight: Sight, language: Words) -> Markup:
    """The input of one value, with the value that was seen when it was made."""
    phase = path.rpartition(".")[2] if lever.by_phase else ""
    short = Markup('<span class="lever-phase" aria-hidden="true">{}</span>').format(
        language(f"lever.{phase}") if phase else ""
    )
    return Markup(
        '<div class="lever-input">{}<label><span class="visually-hidden">{}</span>{}</label>'
        "{}</div>"
    ).format(
        short if phase else "",
        f"{name}, {forms.phase_name(phase, language)}" if phase else name,
        widget(lever, path, forms.value_at(sight.here, path), sight.saved.fixed, language),
        "" if sight.saved.fixed or path not in forms.BY_ROW else rows_to_add(path, language),
    )


def widget(lever: Lever, path: str, value: Any, fixed: bool, language: Words) -> Markup:
    """The input itself."""
    text = forms.shown(value, lever, language)
    common = Markup(
        'data-lever="{path}" data-seen="{seen}" aria-describedby="state-{lever}"{off}'
    ).format(
        path=path,
        seen=json.dumps(value),
        lever=lever.path,
        off=Markup(" disabled") if fixed or path in forms.READ_ONLY else "",
    )
    if lever.kind == forms.SWITCH:
        return _select(common, text, {"0": language("word.no"), "1": language("word.yes")})
    if lever.kind == forms.CHOICE:
        names = {one: forms.choice_name(one, language) for one in lever.choices}
        return _select(common, text, names)
    if lever.kind == forms.TABLE or path in LONG_TEXTS:
        rows = min(12, max(2, len(text) // 90 + 1, text.count("\n") + 1))
        return Markup(
            '<textarea class="form-control form-control-sm" rows="{}" spellcheck="false" {}>'
            "\n{}</textarea>"
        ).format(rows, common, text)
    numeric = lever.kind in (forms.NUMBER, forms.SHARE, forms.WHOLE)
    return Markup(
        '<input class="form-control form-control-sm" type="text" inputmode="{}" '
        'autocomplete="off" value="{}" {}>'
    ).format("decimal" if numeric else "text", text, common)


def rows_to_add(path: str, language: Words) -> Markup:
    """For a lever by row: a list in which a row is found by its name, and put in with its
    default."""
    label = language("lever.add_row")
    options = Markup("").join(
        Markup('<option value="{}: {}">{} ({})</option>').format(code, default, name, default)
        for code, (name, default) in forms.rows_of(path, language).items()
    )
    return Markup(
        '<select class="form-select form-select-sm" data-append="{}" aria-label="{}">'
        '<option value="">{}</option>{}</select>'
    ).format(path, label, label, options)


def _select(common: Markup, value: str, names: Mapping[str, str]) -> Markup:
    options = Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(
            one, Markup(" selected") if one == value else "", name
        )
        for one, name in names.items()
    )
    return Markup('<select class="form-select form-select-sm" {}>{}</select>').format(
        common, options
    )


@lru_cache(maxsize=1_000)
def unit(path: str, language: Words) -> Markup:
    """The unit and the bounds of a lever."""
    lever = forms.lever_at(path)
    named = forms.unit_name(lever, language)
    limits = ""
    if lever.kind in (forms.NUMBER, forms.SHARE, forms.WHOLE, forms.TABLE):
        low, high = (_limit(end, lever, language) for end in (lever.low, lever.high))
        if low and high:
            limits = language("lever.bounds", low=low, high=high)
        elif low:
            limits = language("lever.from", low=low)
    text = ", ".join(part for part in (named, limits) if part)
    return Markup('<span class="lever-unit">{}</span>').format(text) if text else Markup("")


def _limit(end: float | None, lever: Lever, language: Words) -> str:
    """A bound that a person may come near."""
    if end is None or abs(end) >= 10**15:
        return ""
    if lever.kind == forms.SHARE or float(end) != int(end):
        return forms.shown(end, lever, language)
    return language.number(end)


def mark(
    lever: Lever,
    sight: Sight,
    problems: Mapping[str, str],
    conflicts: Mapping[str, Any],
    language: Words,
) -> Markup:
    """What is wrong with a lever, what somebody else did, or that it was changed and how to
    change it back."""
    parts = [
        _problem(one) for one in dict.fromkeys(problems.get(p, "") for p in lever.paths) if one
    ]
    parts += [
        _conflict(lever, path, conflicts[path], sight, language)
        for path in lever.paths
        if path in conflicts
    ]
    if sight.is_changed(lever.path):
        parts.append(_changed(lever, sight, language))
    return Markup("").join(parts)


def _problem(sentence: str) -> Markup:
    return Markup('<span class="lever-problem" role="alert">{}{}</span>').format(
        icon_markup("exclamation-triangle-fill"), sentence
    )


def _conflict(lever: Lever, path: str, mine: Any, sight: Sight, language: Words) -> Markup:
    wanted, theirs = (
        forms.told(value, lever, language) for value in (mine, forms.value_at(sight.here, path))
    )
    return Markup(
        '<span class="lever-problem" role="alert">{}{}</span>'
        '<button type="button" class="btn btn-sm btn-outline-secondary" data-set="{}">{}</button>'
    ).format(
        icon_markup("people-fill"),
        language("lever.conflict", mine=wanted, theirs=theirs),
        json.dumps({path: forms.shown(mine, lever, language)}),
        language("lever.use_mine"),
    )


def _changed(lever: Lever, sight: Sight, language: Words) -> Markup:
    """The parent's value, and a button that brings it back."""
    there = {path: forms.value_at(sight.there, path) for path in lever.paths}
    old = {path: forms.shown(value, lever, language) for path, value in there.items()}
    was = " / ".join(forms.told(value, lever, language) for value in there.values())
    said = Markup('<span class="lever-parents">{}{}</span>').format(
        icon_markup("pencil-fill"), language("lever.parents", value=_short(was))
    )
    if sight.saved.fixed:
        return said
    return said + Markup(
        '<button type="button" class="btn btn-sm lever-reset" data-set="{}" title="{}" '
        'aria-label="{}">{}</button>'
    ).format(
        json.dumps(old),
        language("lever.reset"),
        f"{language('lever.reset')}: {forms.name_of(lever.path, language)}",
        icon_markup("arrow-counterclockwise"),
    )


def _short(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:88]}…"


@lru_cache(maxsize=1_000)
def about(path: str, language: Words) -> Markup:
    """What a lever does, its default, how sure that is, and where it comes from."""
    lever = forms.lever_at(path)
    why = forms.why(lever, language)
    certainty, source = lever.about.get("certainty", ""), lever.about.get("source", "")
    standard = " / ".join(
        forms.told(forms.value_at(_defaults(), path), lever, language) for path in lever.paths
    )
    if standard == MISSING:
        standard = language("lever.empty")
    badge = certainty_markup(certainty, language) if certainty in CERTAINTIES else ""
    return Markup(
        '<details class="lever-about"><summary>{} {}<span class="visually-hidden">: {}</span>'
        '</summary><div class="lever-why">{}<p class="source">{} {} {} <code>{}</code></p></div>'
        "</details>"
    ).format(
        icon_markup("info-circle"),
        language("lever.about"),
        forms.name_of(lever.path, language),
        Markup("<p>{}</p>").format(why) if why else "",
        "" if lever.group == "labels" else language("lever.standard", value=_short(standard)),
        badge,
        language("lever.source", source=source_title(source, language)) if source else "",
        lever.path,
    )


@cache
def _defaults() -> dict[str, Any]:
    return Scenario().model_dump(mode="json")


def source_title(source: str, language: Words) -> str:
    """The title of a source by its id."""
    sources = load().sources.set_index("id")
    return language.of(sources.loc[source], "title") if source in sources.index else source


# --- what the browser is told ----------------------------------------------------------------


def told(
    sight: Sight,
    typed: Mapping[str, Any],
    problems: Mapping[str, str],
    conflicts: Mapping[str, Any],
    language: Words,
) -> dict[str, Any]:
    """Every lever as it is now, for a form that is already there.

    Returns:
        ``rows``: state as HTML and whether it is changed, by lever; ``values``: text and value
        by path; ``problems``, ``conflicts``: paths of what was typed and is not saved.
    """
    return {
        "scenario": sight.saved.id,
        "version": sight.saved.version,
        "sent": typed.get("sent", 0),
        "rows": {
            lever.path: [
                str(mark(lever, sight, problems, conflicts, language)),
                sight.is_changed(lever.path),
            ]
            for lever in forms.levers()
        },
        "values": {
            path: [
                forms.shown(forms.value_at(sight.here, path), lever, language),
                forms.value_at(sight.here, path),
            ]
            for lever in forms.levers()
            for path in lever.paths
        },
        "problems": list(problems),
        "conflicts": list(conflicts),
        "others": language("editor.others", names="#"),
    }
