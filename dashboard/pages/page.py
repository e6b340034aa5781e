"""What a page is to the frame."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import Dash

from dashboard.components import Table
from dashboard.source import Source


@dataclass(frozen=True)
class Page:
    """A page of the application.

    Attributes:
        path: its address.
        key: names it in the catalogue (``nav.<key>``) and in the addresses of its downloads.
        layout: what stands there at once, in no language.
        register: adds its callbacks.
        tables: the numbers behind each of its charts, by name, for an address' query.
        filters: whether the period and the other filters apply to it.
        table: one of them by name as a person reads it, made when somebody opens it.
    """

    path: str
    key: str
    layout: Callable[[], Any]
    register: Callable[[Dash, Source], None]
    tables: Callable[[Source, str], dict[str, Table]]
    filters: bool = True
    table: Callable[[Source, str, str], Table | None] | None = None
