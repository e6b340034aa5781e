"""Satisfaction: what makes people unhappy? Five factors, places, causes, complaints, SIPAS."""

from typing import Any

import pandas as pd
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import figures, queries
from dashboard import satisfaction as query
from dashboard import satisfaction_figures as drawn
from dashboard.components import (
    Column,
    Table,
    certainty_badge,
    graph,
    icon,
    scrolling_table,
    status_badge,
)
from dashboard.pages.results import (
    Look,
    Numbers,
    Shown,
    finding_card,
    for_saving,
    look_up,
    place_name,
    results_page,
    source_titles,
    unreadable,
)
from dashboard.satisfaction import SCORES, Drivers, Satisfaction
from dashboard.source import Source
from dashboard.text import Words, words
from data.store.errors import StoreError
from kpis.evaluate import is_whole_month
from kpis.satisfaction import FACTORS

KEY = "satisfaction"
MOST = 30  # places in the list of complaints; the table has all
LOWEST = 16  # places in the chart of the lowest
ROWS_A_BAR = 2  # lines of text that a bar with its name takes
NAMED = 3  # causes in the title


def register(app: Dash, source: Source) -> None:
    """Adds the callback of what moves the score: it reads the records, the rest need not wait."""

    @app.callback(
        Output("satisfaction-drivers", "children"),
        Input("satisfaction-asked", "data"),
        State("theme", "data"),
    )
    def show_drivers(search, theme):
        if search is None:
            return no_update
        look = theme or {}
        return drivers_answer(
            source, search, Look(look.get("name", "light"), float(look.get("scale", 1)))
        )


def content(shown: Shown, look: Look) -> list:
    """The page's children."""
    data, language = shown.data, shown.language
    if not data.whole["answers"]:
        return [no_answers(language), sipas_card(shown, look)]
    return [
        head(shown),
        html.Div([factors_card(shown, look), months_card(shown, look)], className="row-two"),
        html.Div(
            html.Div(className="skeleton skeleton-chart"),
            id="satisfaction-drivers",
            **{"aria-busy": "true"},
        ),
        # The causes follow when this is on the page.
        dcc.Store(id="satisfaction-asked", data=shown.search),
        html.Div(
            [
                sites_card(shown, look),
                html.Div(
                    [
                        parts_card(shown, look, "fields"),
                        parts_card(shown, look, "channels"),
                    ],
                    className="column",
                ),
            ],
            className="row-two",
        ),
        complaints_card(shown, look),
        sipas_card(shown, look),
    ]


def no_answers(language: Words) -> html.Section:
    """What stands there while nobody has a result."""
    return html.Section(
        [
            html.Div(html.H1(language("satisfaction.verdict_none")), className="verdict"),
            html.P(language("satisfaction.none_help"), className="lead-line"),
        ],
        className="panel",
    )


# --- head ------------------------------------------------------------------------------------


def head(shown: Shown) -> html.Section:
    """The finding and the four figures behind it."""
    data, language = shown.data, shown.language
    few = language(
        "satisfaction.few",
        answers=language.number(data.whole["answers"]),
        fewest=language.number(data.fewest),
    )
    return html.Section(
        [
            html.Div(html.H1(finding(data, language)), className="verdict"),
            html.P([icon("exclamation-circle-fill"), few], className="page-problem")
            if data.whole["few"]
            else None,
            facts(data, language),
        ],
        className="panel access-head",
    )


def finding(data: Satisfaction, language: Words) -> str:
    """Overall score against the target, and the lowest factor."""
    factor, lowest = min(
        ((f, data.whole[f"satisfaction_{f}"]) for f in FACTORS), key=lambda pair: pair[1]
    )
    status = (
        language(f"satisfaction.status_{data.status}", target=language.share(data.target, 0))
        if data.target is not None
        else language("satisfaction.status_none")
    )
    met = data.status == "met"
    return language(
        "satisfaction.verdict",
        value=language.towards(data.whole["satisfaction"], data.target, "share", met),
        status=status,
        factor=language(f"satisfaction.factor_{factor}").lower(),
        lowest=language.share(lowest),
    )


def facts(data: Satisfaction, language: Words) -> html.Dl:
    """Overall, how many stand behind it, complaints and their answers."""
    whole = data.whole
    target: list[Any] = [status_badge(data.status, language)]
    if data.target is not None:
        shown = language.share(data.target, 0)
        target += [html.Br(), language("satisfaction.target_source", target=shown)]
    answered = language(
        "satisfaction.fact_answered_note",
        answered=language.number(whole["answered"]),
        complained=language.number(whole["complained"]),
    )
    share = language.share(whole["complaints"], 2)
    entries = [
        ("fact_overall", language.share(whole["satisfaction"]), target),
        (
            "fact_answers",
            language.number(whole["answers"]),
            language("satisfaction.fact_answers_note"),
        ),
        (
            "fact_complaints",
            language.number(whole["complained"]),
            language("satisfaction.fact_complaints_note", share=share),
        ),
        ("fact_answered", language.share(whole["complaints_on_time"]), answered),
    ]
    return html.Dl(
        [
            html.Div(
                [
                    html.Dt(language(f"satisfaction.{name}")),
                    html.Dd(value, className="strip-value"),
                    html.Dd(more, className="fact-more"),
                    html.Dd(certainty_badge("simulated", language)),
                ]
            )
            for name, value, more in entries
        ],
        className="facts",
    )


# --- scores ----------------------------------------------------------------------------------


def score_rows(
    names: list[str], frame: pd.DataFrame, language: Words, score: str = "satisfaction"
) -> pd.DataFrame:
    """Rows for ``satisfaction_figures.score_bars``."""
    told = [
        {"value": language.share(value), "answers": language.number(answers)}
        for value, answers in zip(frame[score].tolist(), frame["answers"].tolist(), strict=True)
    ]
    few = frame["few"].tolist()
    return pd.DataFrame(
        {
            "name": [
                language("satisfaction.bar_few", name=name, answers=values["answers"])
                if is_few
                else name
                for name, is_few, values in zip(names, few, told, strict=True)
            ],
            "value": frame[score].tolist(),
            "label": [values["value"] for values in told],
            "told": [language("satisfaction.bar_told", **values) for values in told],
            "few": few,
            "colour": "online",
        }
    )


def target_told(data: Satisfaction, language: Words) -> str:
    """The words at the line of the target."""
    if data.target is None:
        return ""
    return language("satisfaction.target_line", target=language.share(data.target, 0))


def note(data: Satisfaction, language: Words) -> str:
    """What is said below every chart of scores."""
    fewest = language.number(data.fewest)
    return f"{language('satisfaction.coefficients')}. " + language(
        "satisfaction.few_note", fewest=fewest
    )


def bars_card(
    shown: Shown, look: Look, name: str, title: str, lead: str, rows: pd.DataFrame
) -> html.Section:
    """A finding with scores as bars."""
    data, language = shown.data, shown.language
    told = target_told(data, language)
    figure = drawn.score_bars(rows, data.target, told, language, look.theme)
    figure = for_saving(shown, figure, title, lead, note=note(data, language))
    label = f"{title}. {language('satisfaction.chart_label')}"
    body = graph(
        name,
        figures.enlarged(figure, look.scale),
        language,
        label,
        rows=ROWS_A_BAR * max(len(rows), figures.FEWEST_ROWS),
    )
    return finding_card(shown, name, title, lead, body, note=note(data, language))


def factors_frame(data: Satisfaction, language: Words) -> pd.DataFrame:
    """The overall score and the five factors, a row each."""
    return pd.DataFrame(
        {
            "factor": [name.removeprefix("satisfaction_") for name in ("overall", *SCORES[1:])],
            "name": [language(f"satisfaction.factor_{name}") for name in ("overall", *FACTORS)],
            "value": [data.whole[score] for score in SCORES],
            "answers": data.whole["answers"],
            "few": bool(data.whole["few"]),
        }
    )


def factors_card(shown: Shown, look: Look) -> html.Section:
    """The five factors."""
    data, language = shown.data, shown.language
    frame = factors_frame(data, language)
    rows = score_rows(frame["name"].tolist(), frame, language, "value")
    rows["colour"] = ["counter", *["online"] * len(FACTORS)]
    title = extremes(frame.iloc[1:], "value", "parts_title", "parts_same", language)
    return bars_card(shown, look, "factors", title, language("satisfaction.factors_lead"), rows)


def extremes(frame: pd.DataFrame, score: str, two: str, one: str, language: Words) -> str:
    """The lowest and the highest of some rows, in the sentence ``two``; ``one`` where all are
    the same."""
    ordered = frame.sort_values(score, kind="stable")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    told = {"lowest": str(low["name"]), "low": language.share(low[score])}
    highest = language.share(high[score])
    if told["low"] == highest:
        return language(f"satisfaction.{one}", **told)
    return language(f"satisfaction.{two}", highest=str(high["name"]).lower(), high=highest, **told)


def months_card(shown: Shown, look: Look) -> html.Section:
    """The score month by month."""
    data, language = shown.data, shown.language
    title, lead = months_title(data, language), language("satisfaction.months_lead")
    told = target_told(data, language)
    figure = drawn.over_months(data.months, data.target, told, language, look.theme)
    coefficients = language("satisfaction.coefficients")
    figure = for_saving(shown, figure, title, lead, note=coefficients)
    body = graph(
        "months",
        figures.enlarged(figure, look.scale),
        language,
        f"{title}. {language('satisfaction.chart_label')}",
        "graph-months",
    )
    return finding_card(shown, "months", title, lead, body, note=coefficients)


def months_title(data: Satisfaction, language: Words) -> str:
    """From the first month to the last, and the lowest between."""
    answered = data.months[data.months["answers"] > 0]
    spans = zip(answered["start"], answered["end"], strict=True)
    whole = answered[[is_whole_month(*span) for span in spans]]
    months = answered if whole.empty else whole
    first, last = months.iloc[0], months.iloc[-1]
    lowest = months.loc[months["satisfaction"].idxmin()]
    told = {
        "after": language.share(last["satisfaction"]),
        "last": language.month(last["start"]),
    }
    if len(months) == 1:
        return language("satisfaction.months_one", **told)
    told |= {
        "before": language.share(first["satisfaction"]),
        "first": language.month(first["start"]),
        "low": language.share(lowest["satisfaction"]),
        "when": language.month(lowest["start"]),
    }
    if told["before"] == told["after"]:
        return language("satisfaction.months_same", **told)
    fell = last["satisfaction"] < first["satisfaction"]
    return language(f"satisfaction.months_{'fell' if fell else 'rose'}", **told)


def sites_card(shown: Shown, look: Look) -> html.Section:
    """The places with the lowest score."""
    data, language = shown.data, shown.language
    rows = data.sites[data.sites["open"]].head(LOWEST)
    lead = language("satisfaction.sites_lead", shown=language.number(len(rows)))
    names = rows[f"name_{language.lang}"].tolist()
    return bars_card(
        shown,
        look,
        "sites",
        sites_title(data, language),
        lead,
        score_rows(names, rows, language),
    )


def sites_title(data: Satisfaction, language: Words) -> str:
    """The lowest place that is still open, and how many of these are below the whole."""
    enough = data.sites[data.sites["open"] & ~data.sites["few"]]
    if not len(enough):
        fewest = language.number(data.fewest)
        return language("satisfaction.sites_few", fewest=fewest)
    overall = data.whole["satisfaction"]
    return language(
        "satisfaction.sites_title",
        site=language.of(enough.iloc[0]),
        value=language.share(enough["satisfaction"].iloc[0]),
        below=language.number(int((enough["satisfaction"] < overall).sum())),
        count=language.number(len(enough)),
        overall=language.share(overall),
    )


def named(shown: Shown, which: str) -> pd.DataFrame:
    """Fields or channels with their names."""
    frame, language = getattr(shown.data, which), shown.language
    if which == "channels":
        return frame.assign(name=[language(f"channel.{one}") for one in frame["id"]])
    return frame.assign(name=frame[f"name_{language.lang}"])


def parts_card(shown: Shown, look: Look, which: str) -> html.Section:
    """The score by field, or by channel."""
    language, frame = shown.language, named(shown, which)
    enough = frame[~frame["few"]] if not frame["few"].all() else frame
    title = extremes(enough, "satisfaction", "parts_title", "parts_one", language)
    rows = score_rows(frame["name"].tolist(), frame, language)
    return bars_card(shown, look, which, title, language(f"satisfaction.{which}_lead"), rows)


# --- causes ----------------------------------------------------------------------------------


def drivers_answer(source: Source, search: str, look: Look) -> Any:
    """What moves the score, or a sentence why that cannot be said."""
    language = words(queries.view(source, search).state.lang)
    try:
        shown = look_up(source, KEY, search, lambda s, seen, _: query.find_drivers(s, seen))
    except StoreError as error:
        return unreadable(getattr(error, language.lang), language)
    if shown is None:
        return None
    if shown.data is None:
        return html.P(language("satisfaction.drivers_no_answers"), className="panel empty")
    return drivers_card(shown, look)


def drivers_card(shown: Shown, look: Look) -> html.Section:
    """The way from full marks to the score."""
    data, language = shown.data, shown.language
    title = drivers_title(data, language)
    lead = language(
        "satisfaction.drivers_lead",
        start=language.share(data.start),
        score=language.share(data.score),
    )
    method = language("satisfaction.drivers_method", answers=language.number(data.answers))
    rows = cause_rows(data, language)
    figure = drawn.causes(rows, language, look.theme)
    figure = for_saving(shown, figure, title, lead, note=method)
    body = html.Div(
        [
            html.P([icon("info-circle"), ceiling(data, language)], className="page-problem"),
            graph(
                "drivers",
                figures.enlarged(figure, look.scale),
                language,
                f"{title}. {language('satisfaction.drivers_label')}",
                rows=ROWS_A_BAR * len(rows),
            ),
        ]
    )
    return finding_card(shown, "drivers", title, lead, body, note=method)


def drivers_title(data: Drivers, language: Words) -> str:
    """What takes most."""
    taking = data.rows[data.rows["points"] < -drawn.LESS_THAN_SEEN]
    if not len(taking):
        return language("satisfaction.drivers_none")
    told = {}
    for name, row in zip(("first", "second", "third"), taking.to_dict("records"), strict=False):
        told[name] = language.of(row).lower()
        shown = language.number(-100 * row["points"], 2)
        told[f"{name}_points"] = language("satisfaction.points", points=shown)
    if len(taking) < NAMED:
        return language(
            "satisfaction.drivers_title_few",
            first=told["first"],
            first_points=told["first_points"],
        )
    return language("satisfaction.drivers_title", **told)


def ceiling(data: Drivers, language: Words) -> str:
    """Whether the target could be reached if all went well."""
    start = language.share(data.start)
    given = float(data.rows["points"].clip(lower=0).sum())
    if data.target is not None and data.start + given < data.target:
        target = language.share(data.target, 0)
        return language("satisfaction.drivers_ceiling", start=start, target=target)
    lost = language.number(-100 * float(data.rows["points"].sum()), 2)
    return language("satisfaction.drivers_room", start=start, lost=lost)


def cause_rows(data: Drivers, language: Words) -> pd.DataFrame:
    """Rows for ``satisfaction_figures.causes``: the causes that are seen, and the rest."""
    seen = data.rows[data.rows["points"].abs() > drawn.LESS_THAN_SEEN]
    causes = pd.DataFrame(
        {
            "name": seen[f"name_{language.lang}"].tolist(),
            "lost": (-seen["points"]).tolist(),
            "kind": "cause",
        }
    )
    rest = pd.DataFrame(
        {"name": [language("satisfaction.drivers_rest")], "lost": [-data.rest], "kind": ["rest"]}
    )
    return pd.concat([causes, rest], ignore_index=True)


# --- complaints ------------------------------------------------------------------------------


def complaints_card(shown: Shown, look: Look) -> html.Section:
    """How many complained, and who was answered on time."""
    data, language = shown.data, shown.language
    title, lead = complaints_title(shown), language("satisfaction.complaints_lead")
    fields = complaint_fields(shown)
    figure = drawn.complaints(fields, language, look.theme)
    figure = for_saving(shown, figure, title, lead, note=language("satisfaction.coefficients"))
    sites = complaint_sites(data)
    told = language("satisfaction.complaint_sites", count=language.number(min(MOST, len(sites))))
    columns = (
        Column(f"name_{language.lang}", language("satisfaction.column_place")),
        *complaint_columns(language),
    )
    listed = (
        scrolling_table(Table("complaint-sites-shown", columns, sites.head(MOST)), language, told)
        if len(sites)
        else html.P(language("satisfaction.complaint_sites_none"), className="empty")
    )
    body = html.Div(
        [
            graph(
                "complaints",
                figures.enlarged(figure, look.scale),
                language,
                f"{title}. {language('satisfaction.chart_label')}",
            ),
            html.Div([html.H3(told, className="part-title"), listed]),
        ],
        className="row-two sites-body",
    )
    return finding_card(
        shown, "complaints", title, lead, body, note=language("satisfaction.coefficients")
    )


def complaint_fields(shown: Shown) -> pd.DataFrame:
    """Fields with complaints, most first."""
    frame = named(shown, "fields")
    frame = frame.assign(late=frame["complained"] - frame["answered"])
    return frame.sort_values("complained", ascending=False, kind="stable", ignore_index=True)


def complaint_sites(data: Satisfaction) -> pd.DataFrame:
    """Places with complaints, most first."""
    sites = data.sites[data.sites["complained"] > 0]
    return sites.sort_values(["complained", "id"], ascending=[False, True], ignore_index=True)


def complaints_title(shown: Shown) -> str:
    """How many, answered on time, and where most."""
    data, language = shown.data, shown.language
    if not data.whole["complained"]:
        return language("satisfaction.complaints_none")
    most = complaint_fields(shown).iloc[0]
    return language(
        "satisfaction.complaints_title",
        complained=language.number(data.whole["complained"]),
        share=language.share(data.whole["complaints_on_time"]),
        field=most["name"].lower(),
        most=language.number(int(most["complained"])),
    )


# --- SIPAS -----------------------------------------------------------------------------------


def sipas_card(shown: Shown, look: Look) -> html.Section:
    """What was published, and apart from it what the model gives."""
    data, language = shown.data, shown.language
    title, lead = sipas_title(data, language), language("satisfaction.sipas_lead")
    rows = sipas_rows(shown)
    published = sipas_source(shown)
    figure = drawn.score_bars(rows, data.target, target_told(data, language), language, look.theme)
    said = {"note": language("satisfaction.sipas_why_2"), "published": published}
    figure = for_saving(shown, figure, title, lead, **said, **of_sipas(shown))
    why = [html.Li(language(f"satisfaction.sipas_why_{number}")) for number in range(1, 5)]
    body = html.Div(
        [
            graph(
                "sipas",
                figures.enlarged(figure, look.scale),
                language,
                f"{title}. {language('satisfaction.chart_label')}",
                rows=ROWS_A_BAR * max(len(rows), figures.FEWEST_ROWS),
            ),
            html.Div(
                [
                    html.H3(language("satisfaction.sipas_why"), className="part-title"),
                    html.Ul(why, className="reasons"),
                    html.P(
                        [
                            certainty_badge("official", language),
                            " ",
                            language("satisfaction.sipas_group_published"),
                            " · ",
                            certainty_badge("simulated", language),
                            " ",
                            language("satisfaction.sipas_group_model"),
                        ],
                        className="source",
                    ),
                ]
            ),
        ],
        className="row-two sites-body",
    )
    return finding_card(
        shown,
        "sipas",
        title,
        lead,
        body,
        note=language("satisfaction.coefficients"),
        published=published,
    )


def of_sipas(shown: Shown) -> dict[str, str]:
    """Place and days of the model's part: the whole city, all of the run."""
    years, language = shown.data.years, shown.language
    span = language.span(years["first"].min(), years["last"].max())
    return {"place": language("place.city"), "span": span}


def sipas_source(shown: Shown) -> str:
    """The documents in which SIPAS was published."""
    titles = source_titles(shown)
    documents = dict.fromkeys(titles[one] for one in shown.data.sipas["source"])
    return shown.language("satisfaction.sipas_source", documents="; ".join(documents))


def sipas_title(data: Satisfaction, language: Words) -> str:
    """The newest published value and the model's newest."""
    own = data.sipas[data.sipas["who"] == "hanoi"].sort_values("year").iloc[-1]
    told = {"year": int(own["year"]), "published": language.share(own["value"])}
    years = data.years[data.years["answers"] > 0]
    if not len(years):
        return language("satisfaction.sipas_title_none", rank=int(own["rank"]), **told)
    newest = years.iloc[-1]
    return language(
        "satisfaction.sipas_title",
        model_year=int(newest["year"]),
        model=language.share(newest["satisfaction"]),
        **told,
    )


def sipas_frame(shown: Shown) -> pd.DataFrame:
    """Published values and the model's, a row each, with how sure each is and the document."""
    data, language, titles = shown.data, shown.language, source_titles(shown)
    published = [
        {
            "name": language(
                "satisfaction.sipas_published_rank"
                if row["rank"] == row["rank"]
                else "satisfaction.sipas_published",
                year=row["year"],
                who=language(f"code.{row['who']}"),
                **({"rank": int(row["rank"])} if row["rank"] == row["rank"] else {}),
            ),
            "year": row["year"],
            "value": row["value"],
            "answers": None,
            "few": False,
            "certainty": row["certainty"],
            "document": titles[row["source"]],
        }
        for row in data.sipas.sort_values(["who", "year"], ascending=[False, True]).to_dict(
            "records"
        )
    ]
    model = [
        {
            "name": language(
                "satisfaction.sipas_model",
                first=language.month(row["first"]),
                last=language.month(row["last"]),
            ),
            "year": row["year"],
            "value": row["satisfaction"],
            "answers": row["answers"],
            "few": row["few"],
            "certainty": "simulated",
            "document": "",
        }
        for row in data.years.to_dict("records")
        if row["answers"]
    ]
    return pd.DataFrame([*published, *model])


def sipas_rows(shown: Shown) -> pd.DataFrame:
    """Rows for ``satisfaction_figures.score_bars``, published and simulated in two colours."""
    language, frame = shown.language, sipas_frame(shown)
    values = [language.share(value) for value in frame["value"]]
    return frame.assign(
        label=values,
        told=[
            f"{value} · {language(f'certainty.{certainty}')}"
            for value, certainty in zip(values, frame["certainty"], strict=True)
        ],
        group=["published" if c == "official" else "model" for c in frame["certainty"]],
        colour=["counter" if c == "official" else "agent" for c in frame["certainty"]],
    )


# --- the numbers behind ----------------------------------------------------------------------


def tables(shown: Shown) -> list[Numbers]:
    """The numbers of each chart."""
    data, language = shown.data, shown.language
    sipas = sipas_numbers(shown)
    if not data.whole["answers"]:
        return [sipas]
    place = place_name(shown)
    return [
        Numbers(factors_table(data, language), place=place),
        Numbers(months_table(data, language), place=place),
        Numbers(sites_table(data, language), place=place),
        *(Numbers(parts_table(shown, which), place=place) for which in ("fields", "channels")),
        Numbers(complaints_table(shown), place=place),
        *drivers_numbers(shown),
        sipas,
    ]


def score_columns(language: Words) -> tuple[Column, ...]:
    """Columns of scores, how many stand behind them, complaints."""
    return (
        Column("satisfaction", language("satisfaction.factor_overall"), "share"),
        *(
            Column(f"satisfaction_{factor}", language(f"satisfaction.factor_{factor}"), "share")
            for factor in FACTORS
        ),
        Column("answers", language("satisfaction.column_answers"), "count"),
        Column("few_told", language("satisfaction.column_few")),
        *complaint_columns(language),
    )


def complaint_columns(language: Words) -> tuple[Column, ...]:
    """Columns of complaints and their answers."""
    return (
        Column("complained", language("satisfaction.column_complained"), "count"),
        Column("complaints", language("satisfaction.column_complaints"), "share", 2),
        Column("answered", language("satisfaction.column_answered"), "count"),
        Column("complaints_on_time", language("satisfaction.column_on_time"), "share"),
    )


def told_few(frame: pd.DataFrame, language: Words) -> pd.DataFrame:
    """Whether too few answers stand behind a row, in a word."""
    return frame.assign(
        few_told=[language("word.yes" if few else "word.no") for few in frame["few"]]
    )


def factors_table(data: Satisfaction, language: Words) -> Table:
    """The overall score and the five factors."""
    columns = (
        Column("factor", language("table.code")),
        Column("name", language("satisfaction.column_what")),
        Column("value", language("satisfaction.column_value"), "share"),
        Column("answers", language("satisfaction.column_answers"), "count"),
        Column("few_told", language("satisfaction.column_few")),
    )
    return Table("factors", columns, told_few(factors_frame(data, language), language))


def months_table(data: Satisfaction, language: Words) -> Table:
    """Scores by month."""
    columns = (
        Column("start", language("satisfaction.column_month"), "date"),
        *score_columns(language),
    )
    return Table("months", columns, told_few(data.months, language))


def sites_table(data: Satisfaction, language: Words) -> Table:
    """Scores of every place."""
    kinds = [
        language("satisfaction.online_place") if kind == "online" else language(f"code.{kind}")
        for kind in data.sites["kind"]
    ]
    columns = (
        Column("id", language("table.code")),
        Column(f"name_{language.lang}", language("satisfaction.column_place")),
        Column("kind", language("satisfaction.column_kind")),
        Column("district", language("table.district")),
        Column("open_told", language("satisfaction.column_open")),
        *score_columns(language),
    )
    is_open = [language("word.yes" if one else "word.no") for one in data.sites["open"]]
    sites = data.sites.assign(kind=kinds, open_told=is_open)
    return Table("sites", columns, told_few(sites, language))


def parts_table(shown: Shown, which: str) -> Table:
    """Scores by field or by channel."""
    language = shown.language
    columns = (
        Column("id", language("table.code")),
        Column("name", language(f"satisfaction.column_{which.removesuffix('s')}")),
        *score_columns(language),
    )
    return Table(which, columns, told_few(named(shown, which), language))


def complaints_table(shown: Shown) -> Table:
    """Complaints by field, then by place."""
    data, language = shown.data, shown.language
    fields = complaint_fields(shown).assign(by=language("satisfaction.column_field"))
    sites = complaint_sites(data).assign(by=language("satisfaction.column_place"))
    sites = sites.assign(name=sites[f"name_{language.lang}"])
    wanted = ["by", "id", "name", "answers", *(c.key for c in complaint_columns(language))]
    parts = [part[wanted] for part in (fields, sites) if len(part)]
    columns = (
        Column("by", language("satisfaction.column_kind")),
        Column("id", language("table.code")),
        Column("name", language("table.indicator")),
        Column("answers", language("satisfaction.column_answers"), "count"),
        *complaint_columns(language),
    )
    return Table("complaints", columns, pd.concat(parts, ignore_index=True))


def drivers_numbers(shown: Shown) -> list[Numbers]:
    """The causes as a table; none where nobody has a result."""
    found = query.find_drivers(shown.source, shown.view)
    return [] if found is None else [Numbers(drivers_table(found, shown.language))]


def drivers_table(data: Drivers, language: Words) -> Table:
    """Start, every cause, rest, and the score they add up to."""
    name = f"name_{language.lang}"
    causes = data.rows.assign(
        factor_name=[language(f"satisfaction.factor_{factor}") for factor in data.rows["factor"]],
        mean_unit=[language.unit(unit) or unit for unit in data.rows["unit"]],
    )

    def whole(driver: str, told: str, value: float) -> dict:
        return {"driver": driver, name: told, "points": value}

    first = whole("start", language("satisfaction.drivers_start"), data.start - 1)
    last = [
        whole("rest", language("satisfaction.drivers_rest"), data.rest),
        whole("score", language("satisfaction.factor_overall"), data.score - 1),
    ]
    wanted = ["driver", name, "factor_name", "mean", "mean_unit", "effect", "points"]
    frame = pd.DataFrame([first, *causes.to_dict("records"), *last]).reindex(columns=wanted)
    frame["factor_name"] = frame["factor_name"].fillna("")
    frame["mean_unit"] = frame["mean_unit"].fillna("")
    columns = (
        Column("driver", language("satisfaction.column_driver_id")),
        Column(name, language("satisfaction.column_driver")),
        Column("factor_name", language("satisfaction.column_what")),
        Column("mean", language("satisfaction.column_mean"), "ratio", 3),
        Column("mean_unit", language("satisfaction.column_mean_unit")),
        Column("effect", language("satisfaction.column_effect"), "share", 3),
        Column("points", language("satisfaction.column_points"), "share", 3),
    )
    return Table("drivers", columns, frame)


def sipas_numbers(shown: Shown) -> Numbers:
    """Published values and the model's, with how sure each is."""
    language, frame = shown.language, sipas_frame(shown)
    published = tuple(bool(document) for document in frame["document"])
    frame = frame.assign(certainty=[language(f"certainty.{c}") for c in frame["certainty"]])
    columns = (
        Column("name", language("satisfaction.column_source")),
        Column("year", language("satisfaction.column_year")),
        Column("value", language("satisfaction.column_value"), "share"),
        Column("answers", language("satisfaction.column_answers"), "count"),
        Column("certainty", language("satisfaction.column_certainty")),
        Column("document", language("satisfaction.column_document")),
    )
    table = Table("sipas", columns, frame)
    return Numbers(table, published=published, **of_sipas(shown))


PAGE = results_page("/hai-long", KEY, query.find, content, tables, register)
