"""The page of reports, without a browser."""

import pytest

from dashboard.pages.report import period_name
from dashboard.text import words


@pytest.mark.parametrize(
    "token, vietnamese, english",
    [
        ("phase-2", "Giai đoạn 2", "Phase 2"),
        ("2025-Q2", "Quý II/2025", "Q2 2025"),
        ("2025-03", "Tháng 03/2025", "03/2025"),
        ("2025-03-01..2025-04-15", "01/03/2025 – 15/04/2025", "01/03/2025 – 15/04/2025"),
        ("phase-9", "phase-9", "phase-9"),
    ],
)
def test_a_period_is_named_as_people_call_it(token, vietnamese, english):
    assert period_name(token, words("vi")) == vietnamese
    assert period_name(token, words("en")) == english
