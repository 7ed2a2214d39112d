"""The limits of a question to the API: just below, at, and just above."""

from __future__ import annotations

import httpx
import pytest

AT = "/api/v1/observations?"


def repeat_values(count: int) -> str:
    return "&".join(f"area=x{number}" for number in range(count))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "bad-number"),
        ("limit=1", ""),
        ("limit=2", ""),
        ("limit=9999", ""),
        ("limit=10000", ""),
        ("limit=10001", "bad-number"),
        ("limit=010000", ""),
        ("limit=0010000", "bad-number"),
        ("q=" + "x" * 200, ""),
        ("q=" + "x" * 201, "too-long"),
        ("from=0000", "bad-date"),
        ("from=0001", ""),
        ("to=9999", ""),
        ("to=9999-12", ""),
        ("to=9999-13", "bad-date"),
        ("to=2023-02-29", "bad-date"),
        ("to=2024-02-29", ""),
    ],
)
async def test_a_parameter_is_taken_up_to_its_limit(
    api: httpx.AsyncClient, query: str, code: str
) -> None:
    at = "/api/v1/indicators?" if query.startswith("q=") else AT
    answer = await api.get(at + query)
    assert answer.status_code == (400 if code else 200), answer.text
    problems = [] if not code else answer.json()["problems"]
    assert [problem["code"] for problem in problems] == [code][: len(code)]


@pytest.mark.parametrize(("count", "is_too_many"), [(24, False), (25, False), (26, True)])
async def test_a_parameter_has_up_to_25_values(
    api: httpx.AsyncClient, count: int, is_too_many: bool
) -> None:
    answer = await api.get(AT + repeat_values(count))  # none of them is known, which is said too
    codes = {problem["code"] for problem in answer.json()["problems"]}
    assert codes == {"unknown-value"} | ({"too-many-values"} if is_too_many else set())


@pytest.mark.parametrize(("count", "code"), [(400, "too-many-values"), (401, "bad-address")])
async def test_an_address_has_up_to_400_parameters(
    api: httpx.AsyncClient, count: int, code: str
) -> None:
    answer = await api.get(AT + "&".join(["area=GB"] * count))
    assert [problem["code"] for problem in answer.json()["problems"]] == [code]
