"""What a period and a day are called."""

from datetime import date

from dashboard import queries
from dashboard import state as urls
from dashboard.text import Words


def period_label(token: str, view: queries.View, language: Words) -> str:
    """Name of a period as a person says it."""
    known = view.known
    period = urls.period_of(token, known)
    if token in known.phases:
        phase = next(p for p in view.phases if p["id"] == token)
        return language.of(phase)
    if token == urls.WHOLE_HORIZON:
        return language("period.whole")
    if "-Q" in token:
        return language("period.quarter", number=language.roman(int(token[-1])), year=token[:4])
    if len(token) == 7:
        return language("period.month", month=token[5:], year=token[:4])
    return language.span(period.start, period.last)


def day_name(day: date, language: Words) -> str:
    """Weekday and date."""
    return f"{language(f'weekday.{day.weekday()}')} {language.date(day)}"
