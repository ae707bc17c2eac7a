# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers and retries: what a reply means, and whether the request may be sent again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.module_utils import answers, errors, retry

HTML = "<!DOCTYPE html><html><head><title>Hibernating Instance</title></head></html>"


def raw(status: int, body: object = "", headers: dict[str, str] | None = None, method: str = "GET") -> answers.Raw:
    text = body if isinstance(body, str) else json.dumps(body)
    url = "https://dev1.example.com/api/now/table/incident?sysparm_query=secret"
    return answers.Raw(method, url, status, headers or {"Content-Type": "application/json"}, text)


def envelope(message: str, detail: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "detail": detail}, "status": "failure"}


def test_good_answers() -> None:
    assert answers.parse(raw(200, {"result": []})) == {"result": []}
    assert answers.parse(raw(204)) is None


FAILURES: list[tuple[answers.Raw, type[errors.SnowError], str]] = [
    (raw(401, envelope("User Not Authenticated", "Required")), errors.AuthenticationFailed, "instance.password"),
    (raw(400, envelope("Invalid table x")), errors.ResponseError, "Check the name of the table"),
    (raw(403, envelope("Operation Failed", "aborted by Business Rule 'No^1'")), errors.Forbidden, "A rule of the"),
    (raw(403, envelope("Operation Failed", "Data Policy Exception: a mandatory")), errors.Forbidden, "Set the field"),
    (raw(403, envelope("Insufficient rights to query records")), errors.Forbidden, "may read this table"),
    (raw(404, envelope("No Record found")), errors.NotFound, "Check the identifier"),
    (raw(429, envelope("Rate limit exceeded")), errors.RateLimited, "retry_deadline"),
    (raw(500, envelope("Exception while executing request: null")), errors.ResponseError, "logs"),
    (raw(502, "Bad Gateway"), errors.ResponseError, "no reason given"),
    (raw(200, {**envelope("Transaction cancelled"), "result": [1]}), errors.ResponseError, "Transaction cancelled"),
    (raw(200, {"result": "Transaction cancelled: too long"}), errors.ResponseError, "Transaction cancelled: too long"),
    (raw(200, '{"result": [{"a": '), errors.UnexpectedResponseFormat, "not whole JSON"),
    (raw(200, HTML, {"Content-Type": "text/html"}), errors.InstanceUnavailable, "Hibernating Instance"),
    (raw(200, HTML, {}), errors.InstanceUnavailable, "HTML page"),
    (raw(503, HTML, {"Content-Type": "text/html"}), errors.InstanceUnavailable, "HTML page"),
    (raw(302, "", {"Location": "https://sso.example.com/login?x=1"}), errors.InstanceUnavailable, "sso.example.com"),
    (raw(401, {"error": "server_error", "error_description": "access_denied"}), errors.AuthenticationFailed, "denied"),
]


@pytest.mark.parametrize(("answer", "kind", "words"), FAILURES)
def test_failures(answer: answers.Raw, kind: type[errors.SnowError], words: str) -> None:
    with pytest.raises(errors.SnowError) as caught:
        answers.parse(answer)
    assert type(caught.value) is kind
    assert words in str(caught.value)
    assert caught.value.status == answer.status
    assert caught.value.request == "GET /api/now/table/incident"
    assert "secret" not in str(caught.value)


PASSING = errors.ResponseError("x", status=503)
LOST = errors.OutcomeUnknown("x")
JUDGEMENTS: list[tuple[errors.SnowError, str, bool]] = [
    (PASSING, "GET", True),
    (PASSING, "PATCH", True),
    (PASSING, "POST", False),
    (errors.ResponseError("x", status=500), "GET", False),
    (errors.ResponseError("x", status=200, detail="Transaction cancelled"), "GET", True),
    (errors.ResponseError("x", status=200, detail="Transaction cancelled"), "POST", False),
    (errors.RateLimited("x", status=429), "POST", True),
    (LOST, "GET", True),
    (LOST, "DELETE", True),
    (LOST, "POST", False),
    (errors.ConnectionFailed("x"), "POST", True),
    (errors.BadAddress("x"), "GET", False),
    (errors.InstanceUnavailable("x", status=200), "GET", True),
    (errors.InstanceUnavailable("x", status=200), "POST", False),
    (errors.AuthenticationFailed("x", status=401), "GET", False),
    (errors.Forbidden("x", status=403), "PATCH", False),
    (errors.NotFound("x", status=404), "GET", False),
]


@pytest.mark.parametrize(("error", "method", "again"), JUDGEMENTS)
def test_judge(error: errors.SnowError, method: str, again: bool) -> None:
    assert retry.judge(error, method in retry.REPEATABLE, 1, None).again is again


def test_the_wish_of_the_server_is_followed() -> None:
    assert retry.judge(errors.RateLimited("x"), True, 1, 42.0) == retry.Verdict(True, 42.0)
    assert retry.asked_delay({"Retry-After": "7"}, now=1000.0) == 7.0
    assert retry.asked_delay({"X-RateLimit-Reset": "1030"}, now=1000.0) == 30.0
    assert retry.asked_delay({"X-RateLimit-Reset": "900"}, now=1000.0) == 0.0
    assert retry.asked_delay({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, now=1000.0) is None
    assert retry.asked_delay({}, now=1000.0) is None


@pytest.mark.parametrize("attempt", range(1, 12))
def test_backoff_grows_up_to_a_limit(attempt: int) -> None:
    longest = min(15.0, 0.5 * 2 ** (attempt - 1))
    assert longest / 2 <= retry.backoff(attempt) <= longest
