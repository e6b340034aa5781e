"""The common ground of pages that show a slice of a run."""

import pandas as pd
import pytest

from dashboard import figures
from dashboard.components import Column, Table
from dashboard.pages import results
from dashboard.pages.results import Look, Numbers
from dashboard.source import RUNNING
from data.store.errors import StoreError


def find(source, seen, search):
    return len(source.cube(seen.run.id))


def content(shown, look):
    return [shown.data, look.theme, look.scale]


def tables(shown):
    table = Table("cells", (Column("cells", "Cells", "count"),), pd.DataFrame({"cells": [1]}))
    return [Numbers(table, "derived")]


@pytest.fixture
def page():
    return results.results_page("/x", "overview", find, content, tables)


def test_a_page_shows_what_its_query_found(source):
    shown, _ = results.answer(source, "x", "", find, content, {"name": "dark", "scale": 2})
    assert shown == [len(source.cube("small-run")), "dark", 2.0]
    assert content(results.look_up(source, "x", "", find), Look())[1:] == ["light", 1.0]


def test_a_run_in_the_making_shows_a_skeleton_and_no_table(source, page):
    source.status = RUNNING
    shown, _ = results.answer(source, "x", "", find, content, None)
    assert all("skeleton" in str(part) for part in shown)
    assert page.tables(source, "") == {} and page.table(source, "", "cells") is None


def test_results_that_cannot_be_read_give_a_sentence_in_the_language(source):
    def broken(*_):
        raise StoreError(vi="Tệp hỏng.", en="The file is damaged.")

    assert "Tệp hỏng." in str(results.answer(source, "x", "", broken, content, None))
    assert "The file is damaged." in str(
        results.answer(source, "x", "?lang=en", broken, content, None)
    )


def test_a_copy_of_the_numbers_says_where_they_come_from(source, page):
    table = page.tables(source, "?lang=en&quan=268&linhvuc=land&kenh=counter")["cells"]
    row = table.frame.iloc[0]
    assert row["credential_certainty"] == "Derived"
    assert row["credential_place"].startswith("Hà Đông, land")
    assert row["credential_run"] == "small-run"
    assert table.columns[0].key == "cells"


def test_a_saved_picture_says_where_it_comes_from(source):
    shown = results.look_up(source, "x", "?lang=en", find)
    figure = results.for_saving(shown, {"data": [], "layout": {}}, "Finding", "What", note="Note")
    meta = figure["layout"]["meta"]
    assert meta["title"] == "Finding" and "small-run" in meta["source"]
    assert figure == figures.with_credentials(figure, **meta)
