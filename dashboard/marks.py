"""Marks of what a page shows.

The server tells every page when the state of any run changes. A page that would show the same
must stay as it is: laying it out anew closes what a reader has opened, and takes from somebody
who types the field he types in.
"""

from hashlib import blake2b
from typing import Any

from dash.exceptions import PreventUpdate
from plotly.io.json import to_json_plotly

BYTES = 16


def mark_of(*shown: Any) -> str:
    """A short mark of anything a page can hold: facts, components, figures.

    The same for the same, in every process.
    """
    return blake2b(to_json_plotly(shown).encode(), digest_size=BYTES).hexdigest()


def renewed(before: str | None, *shown: Any) -> str:
    """The mark of what is to be shown. Raises PreventUpdate where that is shown already."""
    mark = mark_of(*shown)
    if mark == before:
        raise PreventUpdate
    return mark
