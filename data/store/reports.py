"""Reports that are kept: drafts, and what was issued, which never changes again.

The files of an issued report lie in ``var/reports/<code>``, whole or not at all; the table keeps
their digests, so that a file that was changed afterwards is not handed out.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from data.store import processes
from data.store.database import Store
from data.store.errors import StoreError
from data.store.models import ReportRow, now
from kpis.output import refusal

FOLDER = "reports"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that reads like something else
CODE_LENGTH = 8
DRAFT, ISSUED = "draft", "issued"
SILENT = timedelta(minutes=2)  # a maker that has said nothing for so long is taken for dead
CHANGEABLE = ("period", "lang", "author", "compared", "fields", "edits")


class UnknownReportError(StoreError):
    """There is no report with this code."""

    def __init__(self, code: str):
        shown = str(code)[:20]
        super().__init__(f"There is no report '{shown}'.", f"Không có báo cáo mã “{shown}”.")


class IssuedError(StoreError):
    """An issued report cannot be changed."""

    def __init__(self, code: str):
        super().__init__(
            f"Report {code} was issued and never changes; make a new one in its place.",
            f"Báo cáo {code} đã phát hành, không sửa được nữa; hãy lập báo cáo mới thay thế.",
        )


@dataclass(frozen=True)
class Making:
    """How far the files of a report have come: a step, or how it ended.

    ``failed``: they could not be made, ``en`` and ``vi`` say why, if that is known.
    """

    step: str
    failed: bool = False
    en: str = ""
    vi: str = ""


INTERRUPTED = (
    "the process that made the files ended; issue the report again.",
    "tiến trình lập tệp đã dừng; hãy phát hành lại.",
)


@dataclass(frozen=True)
class Report:
    """A report with what ties it to its run."""

    code: str
    state: str
    run_id: str
    scenario_hash: str
    seed: int
    code_version: str
    data_version: str
    period: str
    lang: str
    author: str
    compared: tuple[str, ...]
    fields: dict[str, str]
    edits: dict[str, str]
    digests: dict[str, str]
    supersedes: str
    superseded_by: str
    created: datetime
    changed: datetime
    issued: datetime | None
    making: Making | None

    @property
    def is_issued(self) -> bool:
        """Whether it is out."""
        return self.state == ISSUED


class Reports:
    """The reports of a store. All methods may be called from any thread, and several servers may
    share a store."""

    def __init__(self, store: Store):
        self.store = store

    def list(self) -> Sequence[Report]:
        """All reports, newest change first."""
        newest = select(ReportRow).order_by(ReportRow.changed.desc(), ReportRow.code)
        with self.store.read() as session:
            return [_report(row) for row in session.scalars(newest)]

    def get(self, code: str) -> Report:
        """A report by its code, however it is typed. Raises UnknownReportError."""
        with self.store.read() as session:
            return _report(_row(session, code))

    def draft(
        self,
        run_id: str,
        scenario_hash: str,
        seed: int,
        versions: tuple[str, str],
        period: str,
        lang: str,
        author: str = "",
        supersedes: str = "",
        **given: Any,
    ) -> Report:
        """A new draft; ``versions``: of code and data that made the run; ``given``: fields,
        edits, compared. ``supersedes``: code of an issued report it is to replace. Raises
        StoreError."""
        with self.store.write() as session:
            if supersedes:
                old = _row(session, supersedes)
                supersedes = old.code
                if old.state != ISSUED or old.superseded_by:
                    raise StoreError(
                        f"Report {old.code} is not in force, so it cannot be superseded.",
                        f"Báo cáo {old.code} không còn hiệu lực nên không thể thay thế.",
                    )
            row = ReportRow(
                code=new_code(),
                run_id=run_id,
                scenario_hash=scenario_hash,
                seed=seed,
                code_version=versions[0],
                data_version=versions[1],
                period=period,
                lang=lang,
                author=author,
                supersedes=supersedes,
                state=DRAFT,
                superseded_by="",
                compared=list(given.get("compared", ())),
                fields=dict(given.get("fields", {})),
                edits=dict(given.get("edits", {})),
                digests={},
            )
            session.add(row)
            session.flush()
            return _report(row)

    def change(self, code: str, **values: Any) -> Report:
        """Set ``CHANGEABLE`` values of a draft. Raises StoreError."""
        with self.store.write() as session:
            row = _row(session, code)
            if row.state != DRAFT:
                raise IssuedError(row.code)
            for name in CHANGEABLE:
                if name in values:
                    setattr(row, name, values[name])
            row.changed = now()
            return _report(row)

    def edit(self, code: str, paragraph: str, text: str) -> Report:
        """Other words for one paragraph of a draft, '' for those composed. Raises StoreError."""
        with self.store.write() as session:
            row = _row(session, code)
            if row.state != DRAFT:
                raise IssuedError(row.code)
            edits = {key: value for key, value in row.edits.items() if key != paragraph}
            row.edits = edits | ({paragraph: text} if text else {})
            row.changed = now()
            return _report(row)

    def begin(self, code: str, step: str) -> bool:
        """Say that this process makes the files of a draft from now on; False if they are made
        already or another process is at it. Raises UnknownReportError."""
        with self.store.write() as session:
            row = _row(session, code)
            at = _making(row)
            if row.state != DRAFT or (at and not at.failed):
                return False
            row.making = _at(step)
            return True

    def come(self, code: str, step: str) -> None:
        """Say how far the files have come. Raises UnknownReportError."""
        with self.store.write() as session:
            _row(session, code).making = _at(step)

    def fail(self, code: str, en: str = "", vi: str = "") -> None:
        """Say that the files could not be made, and why. Raises UnknownReportError."""
        with self.store.write() as session:
            row = _row(session, code)
            row.making = row.making | {"failed": True, "en": en, "vi": vi}

    def issue(self, code: str, files: Mapping[str, bytes]) -> Report:
        """Keep the files (by format) of a draft and close it; the report that it supersedes
        says so from now on. Whole or not at all. Raises StoreError."""
        code = normal(code)
        digests = {form: hashlib.sha256(content).hexdigest() for form, content in files.items()}
        target = self.store.var / FOLDER / code
        partial = target.parent / f".{code}.{os.getpid()}.{secrets.token_hex(4)}.partial"
        try:
            with self.store.write() as session:
                row = _row(session, code)
                if row.state != DRAFT:
                    raise IssuedError(row.code)
                _keep(partial, files)
                shutil.rmtree(target, ignore_errors=True)  # left by a server that died here
                os.replace(partial, target)
                row.state, row.issued, row.changed, row.digests = ISSUED, now(), now(), digests
                row.making = {}
                if row.supersedes:
                    marked = session.execute(
                        update(ReportRow)
                        .where(ReportRow.code == row.supersedes, ReportRow.superseded_by == "")
                        .values(superseded_by=row.code)
                    )
                    if not marked.rowcount:
                        raise StoreError(
                            f"Report {row.supersedes} has been superseded by another meanwhile.",
                            f"Báo cáo {row.supersedes} vừa được báo cáo khác thay thế.",
                        )
                return _report(row)
        except OSError as error:
            told = refusal(target, error)
            raise StoreError(f"The folder {told.en}.", f"Thư mục {told.vi}.") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def file(self, code: str, form: str) -> bytes:
        """A file of an issued report, as it was issued. Raises StoreError."""
        report = self.get(code)
        if form not in report.digests:
            raise StoreError(
                f"Report {report.code} has no such file.",
                f"Báo cáo {report.code} không có tệp này.",
            )
        try:
            content = (self.store.var / FOLDER / report.code / f"{report.code}.{form}").read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != report.digests[form]:
            raise StoreError(
                f"The {form} file of report {report.code} is missing or was changed.",
                f"Tệp {form} của báo cáo {report.code} bị mất hoặc đã bị thay đổi.",
            )
        return content

    def remove(self, code: str) -> None:
        """Throw a draft away. Raises StoreError."""
        with self.store.write() as session:
            row = _row(session, code)
            if row.state != DRAFT:
                raise IssuedError(row.code)
            session.delete(row)


def new_code() -> str:
    """A code that can be read out and typed."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def normal(code: str) -> str:
    """A code as it is kept, however it was typed: ``k7-m2 …`` becomes ``K7M2…``."""
    return "".join(c for c in str(code)[:40].upper() if c in ALPHABET)


def _keep(folder, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True)
    code = folder.name.split(".")[1]
    for form, content in files.items():
        with (folder / f"{code}.{form}").open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())


def _row(session, code: str) -> ReportRow:
    found = session.get(ReportRow, normal(code)) if normal(code) else None
    if found is None:
        raise UnknownReportError(code)
    return found


def _report(row: ReportRow) -> Report:
    return Report(
        **{
            name: getattr(row, name)
            for name in Report.__dataclass_fields__
            if name not in ("compared", "making")
        },
        compared=tuple(row.compared),
        making=_making(row),
    )


def _at(step: str) -> dict[str, Any]:
    pid = os.getpid()
    return {
        "step": step,
        "host": processes.host(),
        "pid": pid,
        "process": processes.identity(pid) or "",
        "heard": now().isoformat(),
    }


def _making(row: ReportRow) -> Making | None:
    at = row.making
    if not at:
        return None
    if at.get("failed"):
        return Making(at["step"], True, at["en"], at["vi"])
    gone = processes.lives(at["host"], at["pid"], at["process"]) is False
    if gone or now() - datetime.fromisoformat(at["heard"]) > SILENT:
        return Making(at["step"], True, *INTERRUPTED)
    return Making(at["step"])
