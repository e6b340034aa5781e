"""The numbers behind every chart as CSV, and scenarios as YAML, under ``/tai-ve/``."""

import csv
import io
from datetime import date

from fastapi import FastAPI, Request, Response

from dashboard.components import Table
from dashboard.pages import PAGES
from dashboard.source import Source
from data.store.errors import StoreError
from data.store.reports import normal
from reports.write import MEDIA

BYTE_ORDER_MARK = "\ufeff"  # spreadsheets then read the Vietnamese letters right


def register(server: FastAPI, source: Source) -> None:
    """Adds the routes ``/tai-ve/{page}/{chart}.csv``, ``/tai-ve/kich-ban/{name}.yaml`` and
    ``/tai-ve/bao-cao/{code}.{form}``."""

    def download(page: str, chart: str, request: Request) -> Response:
        found = next((p for p in PAGES if p.key == page), None)
        tables = found.tables(source, request.url.query) if found else {}
        if chart not in tables:
            return Response("Không có bảng này. / No such table.\n", 404, media_type="text/plain")
        return Response(
            BYTE_ORDER_MARK + csv_text(tables[chart]),
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{page}-{chart}.csv"',
                "Cache-Control": "no-store",
            },
        )

    def scenario(name: str) -> Response:
        try:
            text = source.find_scenario(name).to_yaml()
        except StoreError as error:
            return Response(f"{error.vi} / {error.en}\n", 404, media_type="text/plain")
        return Response(
            text,
            media_type="application/yaml; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}.yaml"',
                "Cache-Control": "no-store",
            },
        )

    def report(code: str, form: str) -> Response:
        try:
            content = source.reports.file(code, form)
        except StoreError as error:
            return Response(f"{error.vi} / {error.en}\n", 404, media_type="text/plain")
        return Response(
            content,
            media_type=MEDIA[form],
            headers={
                "Content-Disposition": f'attachment; filename="bao-cao-{normal(code)}.{form}"',
                "Cache-Control": "no-store",
            },
        )

    server.add_api_route(
        "/tai-ve/bao-cao/{code}.{form}", report, methods=["GET"], include_in_schema=False
    )
    server.add_api_route(
        "/tai-ve/kich-ban/{name}.yaml", scenario, methods=["GET"], include_in_schema=False
    )
    server.add_api_route(
        "/tai-ve/{page}/{chart}.csv", download, methods=["GET"], include_in_schema=False
    )


def csv_text(table: Table) -> str:
    """A table as CSV: headings with their unit, numbers unrounded with a decimal point."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([heading(c) for c in table.columns])
    series = [table.frame[c.key].tolist() for c in table.columns]
    writer.writerows([plain(v) for v in row] for row in zip(*series, strict=True))
    return out.getvalue()


def heading(column) -> str:
    """A column's heading, with the unit where it is a number."""
    plain_units = ("text", "date", "count")
    return column.label if column.unit in plain_units else f"{column.label} [{column.unit}]"


def plain(value) -> object:
    """A value as CSV holds it; text that a spreadsheet would take for a formula is quoted."""
    if value is None or value != value:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value[:1] in "=+-@\t\r" and len(value) > 1:
        return "'" + value
    return value
