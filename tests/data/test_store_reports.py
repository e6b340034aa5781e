"""Reports that are kept: drafts change, what was issued never does."""

import os
import threading

import pytest

from data.store import StoreError
from data.store.models import ReportRow
from data.store.reports import (
    ALPHABET,
    FOLDER,
    IssuedError,
    Making,
    Reports,
    UnknownReportError,
)

FILES = {"docx": b"word", "pdf": b"print", "xlsx": b"sheet"}


@pytest.fixture
def reports(store):
    return Reports(store)


def draft(reports, **more):
    return reports.draft("run-1", "abc", 7, ("code", "data"), "2025-Q2", "vi", **more)


def test_a_draft_is_kept_with_what_ties_it_to_its_run(reports):
    made = draft(reports, author="Lan", compared=["run-2"])
    kept = Reports(reports.store).get(made.code)
    assert (kept.run_id, kept.scenario_hash, kept.seed) == ("run-1", "abc", 7)
    assert (kept.code_version, kept.data_version, kept.period) == ("code", "data", "2025-Q2")
    assert (kept.author, kept.compared, kept.state) == ("Lan", ("run-2",), "draft")


def test_a_draft_can_be_changed_and_thrown_away(reports):
    code = draft(reports).code
    reports.change(code, fields={"number": "12"}, author="Minh")
    reports.edit(code, "counter", "Khác")
    assert reports.get(code).fields == {"number": "12"}
    assert reports.get(code).edits == {"counter": "Khác"}
    assert reports.edit(code, "counter", "").edits == {}
    reports.remove(code)
    with pytest.raises(UnknownReportError):
        reports.get(code)


def test_edits_made_at_once_are_all_kept(reports):
    code = draft(reports).code
    threads = [
        threading.Thread(target=reports.edit, args=(code, f"p{n}", str(n))) for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if reports.store.is_sqlite:
        assert len(reports.get(code).edits) == 6


def test_an_issued_report_never_changes(reports):
    code = draft(reports).code
    issued = reports.issue(code, FILES)
    assert issued.is_issued and issued.issued
    for change in (
        lambda: reports.change(code, fields={}),
        lambda: reports.edit(code, "a", "b"),
        lambda: reports.remove(code),
        lambda: reports.issue(code, {"docx": b"other"}),
    ):
        with pytest.raises(IssuedError):
            change()
    assert {form: reports.file(code, form) for form in FILES} == FILES


def test_a_file_that_was_changed_on_the_disk_is_not_handed_out(reports):
    code = draft(reports).code
    reports.issue(code, FILES)
    path = reports.store.var / FOLDER / code / f"{code}.pdf"
    path.write_bytes(b"forged")
    with pytest.raises(StoreError, match="was changed"):
        reports.file(code, "pdf")
    path.unlink()
    with pytest.raises(StoreError, match="missing"):
        reports.file(code, "pdf")
    with pytest.raises(StoreError, match="no such file"):
        reports.file(code, "exe")


def test_a_new_report_supersedes_an_issued_one_once(reports):
    old = draft(reports).code
    with pytest.raises(StoreError, match="not in force"):
        draft(reports, supersedes=old)
    reports.issue(old, FILES)
    first, second = (draft(reports, supersedes=old).code for _ in range(2))
    reports.issue(first, FILES)
    assert reports.get(old).superseded_by == first
    with pytest.raises(StoreError, match="superseded by another"):
        reports.issue(second, FILES)
    assert reports.get(second).state == "draft"
    assert reports.file(old, "docx") == b"word"


def test_nothing_is_left_where_the_folder_cannot_be_written(reports):
    code = draft(reports).code
    (reports.store.var / FOLDER).write_text("in the way")
    with pytest.raises(StoreError):
        reports.issue(code, FILES)
    assert reports.get(code).state == "draft"


def test_a_code_is_found_however_it_is_typed(reports):
    code = draft(reports).code
    assert set(code) <= set(ALPHABET) and not set(ALPHABET) & set("01ILO")
    assert reports.get(f" {code[:4].lower()}-{code[4:]} ").code == code


@pytest.mark.parametrize("code", ["", "NOPE", "../../x", "' OR 1=1", "k" * 10_000])
def test_an_unknown_code_is_refused(reports, code):
    with pytest.raises(UnknownReportError):
        reports.get(code)


def test_how_far_the_files_have_come_is_seen_by_another_server_on_the_same_store(reports):
    code, elsewhere = draft(reports).code, Reports(reports.store)
    assert elsewhere.get(code).making is None
    assert reports.begin(code, "composing")
    assert not elsewhere.begin(code, "composing")
    reports.come(code, "pdf")
    assert elsewhere.get(code).making == Making("pdf")
    reports.issue(code, FILES)
    assert elsewhere.get(code).making is None
    assert not elsewhere.begin(code, "composing")


def test_what_failed_is_told_and_can_be_begun_again(reports):
    code = draft(reports).code
    reports.begin(code, "composing")
    reports.fail(code, "no room.", "hết chỗ.")
    assert Reports(reports.store).get(code).making == Making(
        "composing", True, "no room.", "hết chỗ."
    )
    assert reports.begin(code, "composing")
    assert reports.get(code).making == Making("composing")


@pytest.mark.parametrize("lost", [{"pid": 2**22 + 1}, {"heard": "2025-01-01T00:00:00+00:00"}])
def test_a_maker_that_ended_without_a_word_is_not_waited_for(reports, lost):
    code = draft(reports).code
    reports.begin(code, "composing")
    with reports.store.write() as session:
        row = session.get(ReportRow, code)
        assert row.making["pid"] == os.getpid()
        row.making = row.making | lost
    at = reports.get(code).making
    assert at.failed and at.en and at.vi
    assert reports.begin(code, "composing")
