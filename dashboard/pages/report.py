"""The report to the People's Council: choose, look at, edit, issue, find again."""

import base64
import re
from collections.abc import Sequence
from dataclasses import fields as fields_of
from datetime import date, timedelta
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, MATCH, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import queries
from dashboard import state as urls
from dashboard.components import Table, icon, link
from dashboard.pages.page import Page
from dashboard.pages.scenarios.words import moment
from dashboard.source import DONE, Run, Source
from dashboard.text import Words, words
from data.reference import load
from data.store.errors import StoreError
from data.store.reports import Making, Report, normal
from reports import making as maker
from reports import svg
from reports.fields import LISTS, LONGEST_PARAGRAPH, Fields, checked, same_numbers
from reports.form import formed
from reports.making import COMPOSING
from reports.model import Chart, Document, Head, Heading, Number, Paragraph, plain
from reports.model import Table as ReportTable
from reports.write import FORMATS

REFUSALS = maker.REFUSALS
KEY = "bc"
ONE_DAY = timedelta(days=1)
ANY_PERIOD = "2025-01-01..2025-03-15"
NONE = "-"  # the choice of no report
FIELDS = tuple(one.name for one in fields_of(Fields))
POLL_MS = 400
LINE = 88  # characters of a line on the sheet, for the height of a paragraph


def layout() -> html.Div:
    """The places of the page."""
    return html.Div(
        [
            dcc.Store(id="report-changed"),
            dcc.Interval(id="report-poll", interval=POLL_MS, disabled=True),
            html.Div(id="report-problem", role="alert"),
            html.Div(id="report-making", role="status", **{"aria-live": "polite"}),
            html.Div(id="report"),
        ],
        className="report-page",
    )


def register(app: Dash, source: Source) -> None:
    """Adds the callbacks of the page."""
    _register_choices(app, source)
    _register_draft(app, source)
    _register_making(app, source)


def language_of(source: Source, search: str | None) -> Words:
    """The language of an address."""
    return words(queries.view(source, search).state.lang)


def _register_choices(app: Dash, source: Source) -> None:
    @app.callback(
        Output("report", "children"),
        Output("report-poll", "disabled", allow_duplicate=True),
        Input("url", "search"),
        Input("report-changed", "data"),
        prevent_initial_call="initial_duplicate",
    )
    def show(search, _changed):
        language = language_of(source, search)
        code = urls.page_value(search, KEY)
        if not code:
            return front(source.reports.list(), source.runs(), source, language), True
        try:
            report = source.reports.get(code)
        except StoreError as error:
            return [problem(_reason(error, language)), back(language)], True
        nobody_at_it = report.making is None or report.making.failed
        try:
            return opened(report, source.document(report), language), nobody_at_it
        except REFUSALS as error:
            told = [problem(_reason(error, language)), facts(report, language), downloads(report)]
            return [*told, back(language)], nobody_at_it

    @app.callback(
        Output("report-period", "options"),
        Output("report-period", "value"),
        Output("report-compared-choice", "children"),
        Input("report-run", "value"),
        State("report-period", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def follow_run(run_id, period, search):
        """Another run has other periods, and other scenarios of the same time."""
        language = language_of(source, search)
        finished = _finished(source.runs())
        run = next((one for one in finished if one.id == run_id), None)
        if run is None:
            return no_update, no_update, no_update
        periods = _periods(run, source, language)
        kept = any(one["value"] == period for one in periods)
        return (
            periods,
            no_update if kept else periods[0]["value"],
            compared_choice(run, finished, language),
        )

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("report-problem", "children"),
        Input("report-make", "n_clicks"),
        State("report-run", "value"),
        State("report-period", "value"),
        State("report-free", "value"),
        State("report-lang", "value"),
        State("report-compared", "value"),
        State("report-supersedes", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def make(clicks, run, period, free, lang, compared, supersedes, search):
        if not clicks:
            return no_update, no_update
        language = language_of(source, search)
        token = (free or "").strip() or period or ""
        lang = lang if lang in urls.LANGUAGES else "vi"
        try:
            replaced = "" if supersedes in (None, NONE) else supersedes
            made = source.new_report(run or "", token, lang, compared or [], replaced)
        except REFUSALS as error:
            return no_update, problem(_reason(error, language))
        return urls.with_page_values(search, bc=made.code), None

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("report-problem", "children", allow_duplicate=True),
        Input("report-find-do", "n_clicks"),
        Input("report-find", "n_submit"),
        State("report-find", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def find(_clicks, _submitted, code, search):
        if not (code or "").strip():
            return no_update, no_update
        try:
            found = source.reports.get(code)
        except StoreError as error:
            return no_update, problem(_reason(error, language_of(source, search)))
        return urls.with_page_values(search, bc=found.code), None


def _register_draft(app: Dash, source: Source) -> None:
    @app.callback(
        Output("report-head", "children"),
        Output("report-head-title", "children"),
        Output("report-signature", "children"),
        Output("report-problem", "children", allow_duplicate=True),
        Input({"type": "report-field", "name": ALL}, "value"),
        State({"type": "report-field", "name": ALL}, "id"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def keep_fields(values, ids, search):
        """Only what shows the fields is drawn anew, never the form that somebody types into."""
        code = urls.page_value(search, KEY)
        given = {one["name"]: value or "" for one, value in zip(ids, values, strict=True)}
        nothing = (no_update,) * 4
        try:
            if not ids or not code or source.reports.get(code).fields == given:
                return nothing
            kept = source.reports.change(code, fields=given, author=Fields.read(given).author)
            head = formed(source.head(kept))
        except REFUSALS as error:
            return (*nothing[:3], problem(_reason(error, language_of(source, search))))
        return sheet_head(head), sheet_title(head), signature(head), None

    @app.callback(
        Output({"type": "report-flag", "id": MATCH}, "children"),
        Input({"type": "report-paragraph", "id": MATCH}, "value"),
        State({"type": "report-paragraph", "id": MATCH}, "id"),
        State({"type": "report-composed", "id": MATCH}, "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def edit(text, which, composed, search):
        language = language_of(source, search)
        code, name = urls.page_value(search, KEY), which["id"]
        try:
            own = edits_of({name: text}, {name: composed}).get(name, "")
            source.reports.edit(code, name, own)
        except REFUSALS as error:
            return problem(_reason(error, language))
        return flag(own, composed, language)

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("report-problem", "children", allow_duplicate=True),
        Input({"type": "report-act", "do": ALL}, "n_clicks"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def act(clicks, search):
        if not any(clicks or ()) or not isinstance(ctx.triggered_id, dict):
            return no_update, no_update
        try:
            report = source.reports.get(urls.page_value(search, KEY))
            if ctx.triggered_id["do"] == "remove":
                source.reports.remove(report.code)
                return urls.with_page_values(search, bc=""), None
            made = source.new_report(
                report.run_id, report.period, report.lang, report.compared, report.code
            )
        except REFUSALS as error:
            return no_update, problem(_reason(error, language_of(source, search)))
        return urls.with_page_values(search, bc=made.code), None


def _register_making(app: Dash, source: Source) -> None:
    @app.callback(
        Output("report-poll", "disabled"),
        Output("report-making", "children", allow_duplicate=True),
        Output("report-problem", "children", allow_duplicate=True),
        Input("report-issue", "n_clicks"),
        State({"type": "report-field", "name": ALL}, "value"),
        State({"type": "report-field", "name": ALL}, "id"),
        State({"type": "report-paragraph", "id": ALL}, "value"),
        State({"type": "report-paragraph", "id": ALL}, "id"),
        State({"type": "report-composed", "id": ALL}, "data"),
        State({"type": "report-composed", "id": ALL}, "id"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def issue(clicks, values, names, texts, paragraphs, composed, composed_ids, search):
        """What stands on the page is issued, also what was typed last."""
        code = normal(urls.page_value(search, KEY))
        if not clicks or not code:
            return no_update, no_update, no_update
        language = language_of(source, search)
        fields = {one["name"]: value or "" for one, value in zip(names, values, strict=True)}
        original = {one["id"]: text for one, text in zip(composed_ids, composed, strict=True)}
        typed = {one["id"]: text for one, text in zip(paragraphs, texts, strict=True)}
        try:
            edits = edits_of(typed, original)
            author = Fields.read(fields).author
            seen = source.reports.change(code, fields=fields, edits=edits, author=author)
            maker.start(source.reports, seen, source.document)
        except REFUSALS as error:
            return no_update, no_update, problem(_reason(error, language))
        return False, making(COMPOSING, 0.0, language), None

    @app.callback(
        Output("report-making", "children"),
        Output("report-poll", "disabled", allow_duplicate=True),
        Output("report-changed", "data", allow_duplicate=True),
        Input("report-poll", "n_intervals"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def follow(count, search):
        language = language_of(source, search)
        try:
            report = source.reports.get(urls.page_value(search, KEY))
        except StoreError as error:
            return problem(_reason(error, language)), True, no_update
        at = report.making
        if at is None:
            return None, True, f"issued-{count}" if report.is_issued else no_update
        if not at.failed:
            return making(at.step, maker.share(at.step), language), False, no_update
        reason = _reason(at, language) or language("report_page.unexpected")
        return problem(language("report_page.failed", reason=reason)), True, no_update


def edits_of(typed: dict[str, str | None], composed: dict[str, str]) -> dict[str, str]:
    """The paragraphs that somebody changed, by id. Raises FieldsError."""
    texts = {key: checked("edit", text or "", LONGEST_PARAGRAPH) for key, text in typed.items()}
    return {key: text for key, text in texts.items() if text and text != composed.get(key)}


def _reason(error: Exception | Making, language: Words) -> str:
    text = error.vi if language.lang == "vi" else error.en
    return text[:1].upper() + text[1:]


def problem(text: str) -> html.Div:
    """A refusal."""
    return html.Div(text, className="notice")


def making(step: str, share: float, language: Words) -> html.Div:
    """How far the files have come."""
    percent = round(100 * share)
    return html.Div(
        [
            html.P(language(f"report_page.{step}")),
            dbc.Progress(value=percent, label=f"{percent}%"),
        ],
        className="panel report-making",
    )


def back(language: Words) -> html.P:
    """The way back to all reports."""
    address = "/bao-cao" + ("?lang=en" if language.lang == "en" else "")
    return html.P(link(language("report_page.back"), address))


# --- all reports ------------------------------------------------------------------------------


def front(
    reports: Sequence[Report], runs: Sequence[Run], source: Source, language: Words
) -> list[Any]:
    """What to make a report of, and those there are."""
    issued = sum(one.is_issued for one in reports)
    title = language(
        "report_page.title",
        issued=language.number(issued),
        drafts=language.number(len(reports) - issued),
    )
    return [
        html.Div([html.H1(title), html.P(language("report_page.lead"))], className="verdict"),
        chooser(reports, runs, source, language),
        history(reports, language),
    ]


def chooser(
    reports: Sequence[Report], runs: Sequence[Run], source: Source, language: Words
) -> html.Section:
    """The choices of a new report."""
    finished = _finished(runs)
    if not finished:
        return html.Section(html.P(language("report_page.no_run")), className="panel")
    default = queries.view(source, "").run or finished[0]
    known = [{"label": _run_label(one, language), "value": one.id} for one in finished]
    periods = _periods(default, source, language)
    return html.Section(
        [
            html.H2(language("report_page.new"), className="card-title"),
            html.Div(
                [
                    _control(
                        "run",
                        dbc.Select(id="report-run", options=known, value=default.id),
                        language,
                    ),
                    _control(
                        "period",
                        dbc.Select(id="report-period", options=periods, value=periods[0]["value"]),
                        language,
                    ),
                    _control(
                        "free",
                        dbc.Input(
                            id="report-free", type="text", maxLength=30, placeholder=ANY_PERIOD
                        ),
                        language,
                    ),
                    _control(
                        "lang",
                        dbc.Select(
                            id="report-lang",
                            options=[
                                {"label": language(f"frame.lang_{one}"), "value": one}
                                for one in urls.LANGUAGES
                            ],
                            value=language.lang,
                        ),
                        language,
                    ),
                    _control(
                        "supersedes_choice",
                        dbc.Select(
                            id="report-supersedes",
                            options=in_force(reports, language),
                            value=NONE,
                        ),
                        language,
                    ),
                ],
                className="report-choices",
            ),
            html.Fieldset(
                [
                    html.Legend(language("report_page.compared")),
                    html.Div(
                        compared_choice(default, finished, language), id="report-compared-choice"
                    ),
                ],
                className="report-compared",
            ),
            html.Button(
                [icon("plus-circle-fill"), language("report_page.make")],
                id="report-make",
                n_clicks=0,
                type="button",
                className="btn btn-primary",
            ),
        ],
        className="panel",
    )


def in_force(reports: Sequence[Report], language: Words) -> list[dict[str, str]]:
    """The issued reports that a new one may supersede, or none of them."""
    return [
        {"label": language("report_page.supersedes_none"), "value": NONE},
        *(
            {"label": f"{one.code} · {period_name(one.period, language)}", "value": one.code}
            for one in reports
            if one.is_issued and not one.superseded_by
        ),
    ]


def compared_choice(run: Run, finished: Sequence[Run], language: Words) -> list[Any]:
    """The ensembles that can stand beside a run: those of the same time."""
    several = [
        {"label": _run_label(one, language), "value": one.id}
        for one in finished
        if one.replications_done > 1 and (one.start, one.end) == (run.start, run.end)
    ]
    return [
        dbc.Checklist(id="report-compared", options=several, value=[]),
        None if several else html.P(language("report_page.no_compared")),
    ]


def _finished(runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if run.status == DONE and not run.study]


def _control(name: str, field: Any, language: Words) -> html.Div:
    label = html.Label(language(f"report_page.{name}"), htmlFor=field.id)
    return html.Div([label, field], className="control")


def _run_label(run: Run, language: Words) -> str:
    title = run.title_vi if language.lang == "vi" else run.title_en
    return f"{title} · {run.id} · {language.span(run.start, run.end - ONE_DAY)}"


def _periods(run: Run, source: Source, language: Words) -> list[dict[str, str]]:
    """Phases, quarters and months of a run, the latest phase first."""
    known = urls.Known(run.start, run.end)
    phases = [
        row["id"].replace("_", "-")
        for row in source.reference.phases.to_dict("records")
        if row["start"] < run.end and row["end"] >= run.start
    ]
    tokens = (*phases[::-1], *urls.quarters(known), *urls.months(known))
    return [{"label": period_name(token, language), "value": token} for token in tokens]


def period_name(token: str, language: Words) -> str:
    """A period as people call it; what is none of the known forms is shown as it is."""
    for row in load().phases.to_dict("records"):
        if row["id"].replace("_", "-") == token:
            return language.of(row)
    if match := re.fullmatch(r"(\d{4})-Q([1-4])", token, re.ASCII):
        number = language.roman(int(match[2]))
        return language("period.quarter", number=number, year=match[1])
    if match := re.fullmatch(r"(\d{4})-(\d{2})", token, re.ASCII):
        return language("period.month", month=match[2], year=match[1])
    try:
        first, last = map(date.fromisoformat, token.split(".."))
    except ValueError:
        return token
    return language.span(first, last)


def history(reports: Sequence[Report], language: Words) -> html.Section:
    """The reports there are, and the way to one by its code."""
    heads = ("code", "state", "period", "author", "time", "files")
    lines = [
        html.Tr(
            [
                html.Td(link(one.code, _address(one, language))),
                html.Td(state_of(one, language)),
                html.Td(period_name(one.period, language)),
                html.Td(one.author),
                html.Td(moment(one.issued or one.changed, language)),
                html.Td(downloads(one)),
            ]
        )
        for one in reports
    ]
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(language(f"report_page.{head}")) for head in heads])),
            html.Tbody(lines),
        ],
        className="report-history",
    )
    return html.Section(
        [
            html.H2(language("report_page.history"), className="card-title"),
            html.Div(
                [
                    html.Label(language("report_page.find"), htmlFor="report-find"),
                    dbc.Input(id="report-find", type="text", maxLength=20),
                    html.Button(
                        [icon("search"), language("report_page.find_do")],
                        id="report-find-do",
                        n_clicks=0,
                        type="button",
                        className="btn btn-outline-primary",
                    ),
                ],
                className="report-find",
            ),
            html.Div(table, className="report-scroll")
            if lines
            else html.P(language("report_page.none")),
        ],
        className="panel",
    )


def _address(report: Report, language: Words) -> str:
    search = "?lang=en" if language.lang == "en" else ""
    return "/bao-cao" + urls.with_page_values(search, bc=report.code)


def state_of(report: Report, language: Words) -> str:
    """Draft, issued, or superseded by which."""
    if report.superseded_by:
        return language("report_page.superseded", code=report.superseded_by)
    return language("report_page.issued" if report.is_issued else "report_page.draft")


def downloads(report: Report) -> html.Span | None:
    """The files of an issued report."""
    if not report.is_issued:
        return None
    return html.Span(
        [
            html.A(
                [icon("download"), form.upper()],
                href=f"/tai-ve/bao-cao/{report.code}.{form}",
                download="",
                className="btn btn-sm btn-outline-primary",
                **{"aria-label": f"{form.upper()} {report.code}"},
            )
            for form in FORMATS
        ],
        className="report-files",
    )


# --- one report -------------------------------------------------------------------------------


def opened(report: Report, document: Document, language: Words) -> list[Any]:
    """One report: its form, its sheet, and what can be done with it."""
    if report.is_issued:
        title = language(
            "report_page.head_issued", code=report.code, time=moment(report.issued, language)
        )
    else:
        period = period_name(report.period, language)
        title = language("report_page.head_draft", code=report.code, period=period)
    note = language("report_page.fixed" if report.is_issued else "report_page.kept")
    about = [html.H1(title), html.P(note), facts(report, language, document.program)]
    sheet_title = "report_page.preview_fixed" if report.is_issued else "report_page.preview"
    return [
        back(language),
        html.Div(about, className="verdict"),
        actions(report, language),
        None if report.is_issued else form(report, language),
        html.Section(
            [
                html.H2(language(sheet_title), className="card-title"),
                html.Div(
                    sheet(report, document, language), className="report-sheet", lang=document.lang
                ),
            ],
            className="panel report-desk",
        ),
    ]


def facts(report: Report, language: Words, program: str = "") -> html.P:
    """What ties the report to its run; ``program``: version of the code that composed it."""
    told = [
        state_of(report, language),
        language(
            "report.footer",
            code=report.code,
            run=report.run_id,
            hash=report.scenario_hash[:12],
            seed=report.seed,
        ),
    ]
    if program:
        told.append(language("report_page.program", version=program[:12]))
    if report.supersedes:
        told.append(language("report_page.supersedes", code=report.supersedes))
    return html.P(" · ".join(told), className="report-facts")


def actions(report: Report, language: Words) -> html.Div:
    """What can be done with it now."""
    if report.is_issued:
        renew = html.Button(
            language("report_page.supersede"),
            id={"type": "report-act", "do": "supersede"},
            n_clicks=0,
            type="button",
            className="btn btn-outline-primary",
        )
        return html.Div(
            [downloads(report), None if report.superseded_by else renew],
            className="report-actions",
        )
    return html.Div(
        [
            html.Button(
                language("report_page.issue"),
                id="report-issue",
                n_clicks=0,
                type="button",
                className="btn btn-primary",
            ),
            html.Button(
                language("report_page.remove"),
                id={"type": "report-act", "do": "remove"},
                n_clicks=0,
                type="button",
                className="btn btn-outline-secondary",
            ),
            html.Span(language("report_page.issue_help"), className="field-help"),
        ],
        className="report-actions",
    )


def form(report: Report, language: Words) -> html.Section:
    """The typed fields of a draft."""
    controls = []
    for name in FIELDS:
        shared = {
            "id": {"type": "report-field", "name": name},
            "value": report.fields.get(name, ""),
            "debounce": True,
        }
        field = (
            dbc.Textarea(**shared, rows=3)
            if name in LISTS
            else dbc.Input(**shared, type="date" if name == "day" else "text")
        )
        controls.append(
            html.Label([language(f"report_page.{name}"), field], className=f"control field-{name}")
        )
    return html.Section(
        [
            html.H2(language("report_page.fields"), className="card-title"),
            html.Div(controls, className="report-choices"),
        ],
        className="panel",
    )


def sheet(report: Report, document: Document, language: Words) -> list[Any]:
    """The report on a sheet of paper, its paragraphs to be edited while it is a draft."""
    head = formed(document.head)
    body, signed = [], False
    signed_by = html.Div(signature(head), id="report-signature", className="sheet-signature")
    for block in document.blocks:
        if isinstance(block, Heading) and block.new_page and not signed:
            body.append(signed_by)
            signed = True
        body.append(_block(block, report.is_issued, language))
    return [
        html.Div(sheet_head(head), id="report-head", className="sheet-head"),
        html.Div(sheet_title(head), id="report-head-title", className="sheet-title"),
        *body,
        html.Footer(head.footer),
    ]


def sheet_head(head: Head) -> list[Any]:
    """Who reports, under which motto, where and when."""
    return [
        html.Div([html.Div(head.parent), html.B(head.body), html.Hr(), html.Div(head.number)]),
        html.Div([html.B(head.nation), html.B(head.motto), html.Hr(), html.I(head.place_date)]),
    ]


def sheet_title(head: Head) -> list[Any]:
    """What it is, about what, to whom."""
    return [html.B(head.kind), html.B(head.subject), html.Hr(), html.Div(head.addressee)]


def signature(head: Head) -> list[Any]:
    """Who gets it and who signs it."""
    return [
        html.Div(
            [
                html.B(html.I(head.recipients_title)),
                *map(html.Div, head.recipients),
            ],
            className="sheet-recipients",
        ),
        html.Div(
            [html.B(head.signer_title), html.B(head.signer_name)],
            className="sheet-signer",
        ),
    ]


def _block(block: Any, fixed: bool, language: Words) -> Any:
    if isinstance(block, Heading):
        return (html.H3 if block.level == 1 else html.H4)(block.text)
    if isinstance(block, Chart):
        drawing = base64.b64encode(svg.draw(block.figure).encode()).decode()
        source = f"data:image/svg+xml;base64,{drawing}"
        return html.Figure([html.Img(src=source, alt=block.alt), html.Figcaption(block.title)])
    if isinstance(block, ReportTable):
        return _table(block)
    can_change = not fixed and not block.id.startswith(("method_", "edits", "was_"))
    return _paragraph(block, language) if can_change else html.P(block.text)


def _table(table: ReportTable) -> html.Div:
    return html.Div(
        html.Table(
            [
                html.Caption(table.title),
                html.Thead(html.Tr([html.Th(c, scope="col") for c in table.columns])),
                html.Tbody(
                    [
                        html.Tr(
                            [
                                html.Td(
                                    plain(cell),
                                    className="number" if isinstance(cell, Number) else None,
                                )
                                for cell in row
                            ]
                        )
                        for row in table.rows
                    ]
                ),
            ]
        ),
        className="report-scroll",
    )


def _paragraph(block: Paragraph, language: Words) -> html.Div:
    text = plain(block.pieces[0]) if block.edited else block.text
    return html.Div(
        [
            dcc.Store(id={"type": "report-composed", "id": block.id}, data=block.composed),
            dbc.Textarea(
                id={"type": "report-paragraph", "id": block.id},
                value=text,
                debounce=True,
                rows=-(-len(text) // LINE),
                className="sheet-paragraph",
                spellCheck=False,
            ),
            html.Div(
                flag(text, block.composed, language),
                id={"type": "report-flag", "id": block.id},
                role="status",
            ),
        ]
    )


def flag(text: str, composed: str, language: Words) -> html.Div | None:
    """What is said of an edited paragraph."""
    if not text or text == composed:
        return None
    if same_numbers(composed, text):
        return html.Div(language("report_page.edited"), className="sheet-edited")
    return html.Div(language("report_page.flagged", text=composed), className="sheet-flagged")


def tables(source: Source, search: str) -> dict[str, Table]:
    """The numbers of a report are in its own workbook."""
    return {}


PAGE = Page("/bao-cao", "report", layout, register, tables, filters=False)
