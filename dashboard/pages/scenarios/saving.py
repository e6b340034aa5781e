"""What a person typed into the form of a scenario, saved as far as it is allowed. Knows no Dash."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard import forms
from dashboard.pages.scenarios.words import reason
from dashboard.text import Words
from data.store.errors import StoreError
from data.store.library import ConflictError, Library, Saved
from simulation import ScenarioError


@dataclass
class Kept:
    """What became of what was typed.

    ``problems``: what is wrong, by path; ``conflicts``: values that somebody else has changed
    meanwhile, with what this person wanted; ``refused``: why nothing at all could be saved.
    """

    saved: Saved
    problems: dict[str, str] = field(default_factory=dict)
    conflicts: dict[str, Any] = field(default_factory=dict)
    refused: str = ""


def keep(
    library: Library,
    scenario_id: str,
    typed: Mapping[str, str],
    seen: Mapping[str, Any],
    language: Words,
) -> Kept:
    """Save every typed value that is allowed and that nobody else has changed since it was seen.

    Args:
        typed: texts by path.
        seen: the values that stood there when the person began to type.

    Raises:
        StoreError: no such scenario.
    """
    wanted, problems = understood(typed, language)
    kept = Kept(library.get(scenario_id), problems)
    here = kept.saved.scenario.model_dump(mode="json")
    changes = {path: v for path, v in wanted.items() if forms.value_at(here, path) != v}
    while changes:
        try:
            kept.saved = library.change(
                scenario_id, changes, {path: seen[path] for path in changes if path in seen}
            )
            break
        except ConflictError as error:
            kept.conflicts |= {path: changes.pop(path) for path in error.paths}
        except ScenarioError as error:
            for path, sentence in at_levers(error, changes, language).items():
                kept.problems[path] = sentence
                del changes[path]
        except StoreError as error:
            kept.refused = reason(error, language)
            break
    return kept


def understood(typed: Mapping[str, str], language: Words) -> tuple[dict[str, Any], dict[str, str]]:
    """Values of what was typed, and what is wrong with what is none, both by path."""
    values, problems = {}, {}
    for path, text in typed.items():
        lever = forms.lever_at(path)
        if lever is None or path in forms.READ_ONLY:
            continue
        try:
            values[path] = forms.read(text, lever, language)
        except forms.EntryError as error:
            problems[path] = language(error.key)
    return values, problems


def at_levers(error: ScenarioError, changes: Mapping[str, Any], language: Words) -> dict[str, str]:
    """What is wrong, at the levers that were changed: a rule about several of them speaks at each
    of those it is about. Never empty."""
    found = {}
    for path, sentence in forms.faults_in_words(error.faults, language).items():
        inside = [one for one in changes if one == path or one.startswith(f"{path}.") or not path]
        around = [one for one in changes if path.startswith(f"{one}.")]
        found |= dict.fromkeys(inside or around, sentence)
    return found or dict.fromkeys(changes, reason(error, language))
