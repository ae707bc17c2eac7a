# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is wrong, a task ends in a sentence that says what to do, without a traceback, and nothing is written."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tests.integration.helpers import Instance, Outcome, Played, login, snow, tolerated

NUMBER = "CHG0030020"
#: A task of every module that would write (or read) something if it could.
MODULES: dict[str, dict[str, Any]] = {
    "snow_record": {"table": "incident", "number": "INC0000055", "data": {"urgency": 2}},
    "snow_attachment": {"number": NUMBER, "name": "a.txt", "content": "x"},
    "snow_attachment_info": {"number": NUMBER},
    "snow_change": {"number": NUMBER, "short_description": "Other"},
    "snow_change_task": {"number": "CTASK0010001", "short_description": "Other"},
    "snow_change_info": {"number": NUMBER, "include": ["tasks"]},
}
ERROR_KEYS = {"type", "status", "detail", "request", "transaction_id"}
WRITTEN = ("incident", "change_request", "change_task", "sys_attachment", "sys_journal_field", "task_ci")


class Case(NamedTuple):
    """A task that must fail, the ``error.type`` of its failure (None: an argument error), and words of its message."""

    task: dict[str, Any]
    kind: str | None
    words: Sequence[str]


def rows(instance: Instance) -> dict[str, list[dict[str, Any]]]:
    return {table: instance.rows(table) for table in WRITTEN}


def play(instance: Instance, cases: Sequence[Case], in_process: bool) -> list[Outcome]:
    """The outcomes of *cases*, one by one, after a look at what all of them have in common."""
    before = rows(instance)
    played = instance.play(*tolerated(*(case.task for case in cases)), in_process=in_process)
    assert len(played.ours) == len(cases), played.output
    assert rows(instance) == before
    assert [request for request in instance.writes() if request.status < 300] == []
    wrong = [text for outcome, case in zip(played.ours, cases, strict=True) for text in faults_of(outcome, case)]
    assert not wrong, "\n".join(wrong)
    check_output(played)
    return played.ours


def faults_of(outcome: Outcome, case: Case) -> Iterator[str]:
    """What is wrong with the failure of *case*."""
    message: str = outcome.result.get("msg", "")
    if not outcome.failed or outcome.changed:
        yield f"did not fail, or says changed: {case}"
    if missing := [word for word in case.words if word not in message]:
        yield f"does not say {missing}: {message}"
    if re.search(r"0x[0-9a-f]{6}|HTTPConnectionPool|Errno|Exception\(", message):
        yield f"speaks Python: {message}"
    error = outcome.result.get("error")
    if case.kind is None:
        # Ansible's own message; the fields are those of every failure.
        if error is None or set(error) != ERROR_KEYS or error["type"] != "invalid_usage":
            yield f"no error of an argument that was refused: {error} {message}"
    elif error is None or set(error) != ERROR_KEYS or error["type"] != case.kind:
        yield f"not {case.kind}: {error} {message}"
    elif not is_sentence(message):
        yield f"no sentence that says what to do: {message}"


def is_sentence(message: str) -> bool:
    """Whether it is a line that ends as a sentence does and tells the reader to do something."""
    advice = r"\b(check|give|set|use|try|raise|look|wake|change|name|delete|ask|install|must|names are)\b"
    whole = message.endswith(".") and "\n" not in message and len(message) < 500
    return whole and re.search(advice, message, re.IGNORECASE) is not None


def check_output(played: Played) -> None:
    for word in ("Traceback", "please report", "MODULE FAILURE"):
        assert word not in played.output


def in_both(instance: Instance, cases: Sequence[Case], ordinary: Sequence[Case]) -> None:
    """All *cases* in process; and *ordinary*, some of them, as ordinary modules with the very same failure."""
    messages = {str(case): seen(outcome) for case, outcome in zip(cases, play(instance, cases, True), strict=True)}
    for case, outcome in zip(ordinary, play(instance, ordinary, False), strict=True):
        assert seen(outcome) == messages[str(case)]


def seen(outcome: Outcome) -> tuple[str, dict[str, Any]]:
    return outcome.result["msg"], {**outcome.result.get("error", {}), "transaction_id": None}


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def trouble(module: str, environment: dict[str, str]) -> dict[str, Any]:
    return {**snow(module, **MODULES[module]), "environment": {"SN_RETRY_DEADLINE": "0", **environment}}


def test_trouble_on_the_way(instance: Instance) -> None:
    """Wrong logins and roles, servers that are not there or are none: each module says it, and both hosts alike."""
    page = "/api/"
    instance.fault({"html": "hibernating"}, user="beth.anglin", path=page)
    instance.fault({"redirect": "https://login.example.com/sso"}, user="don.goodliffe", path=page)
    instance.fault({"truncate": True}, user="david.loo", path=page, method="GET")
    instance.fault({"status": 500}, user="abel.tuter", path=page)
    instance.fault({"status": 429}, user="ines.itilson", path=page)
    instance.fault({"drop": "before"}, user="bow.ruggeri", path=page)
    troubles: list[tuple[dict[str, str], str, list[str]]] = [
        ({"SN_PASSWORD": "wrong"}, "authentication", ["login", "instance.password"]),
        ({"SN_USERNAME": "nobody.known"}, "authentication", ["login", "instance.username"]),
        (login("retired.person"), "authentication", ["login"]),
        (login("joe.employee"), "forbidden", ["role"]),
        (login("auditor"), "forbidden", ["role"]),
        (login("beth.anglin"), "instance_unavailable", ["HTML page", "Hibernating"]),
        (login("don.goodliffe"), "instance_unavailable", ["redirects", "login.example.com"]),
        (login("david.loo"), "unexpected_response", ["JSON"]),
        (login("abel.tuter"), "response", ["500"]),
        (login("ines.itilson"), "rate_limited", ["later"]),
        (login("bow.ruggeri"), "connection", ["broke the connection"]),
        ({"SN_HOST": f"http://127.0.0.1:{closed_port()}"}, "connection", ["cannot be reached", "instance.host"]),
        ({"SN_HOST": "https://nowhere.invalid"}, "connection", ["resolved", "instance.host"]),
        ({"SN_HOST": instance.url.replace("http:", "https:")}, "connection", ["127.0.0.1"]),
        ({"SN_HOST": "http://snow.example.com"}, "invalid_usage", ["in clear", "https"]),
        ({"SN_HOST": "ftp://snow.example.com"}, "invalid_usage", ["instance.host"]),
        ({"SN_HOST": "https://"}, "invalid_usage", ["instance.host"]),
        ({"SN_HOST": ""}, "invalid_usage", ["SN_HOST"]),
        ({"SN_USERNAME": ""}, "invalid_usage", ["SN_USERNAME"]),
        ({"SN_PASSWORD": ""}, "invalid_usage", ["SN_PASSWORD"]),
        ({"SN_CLIENT_ID": "changegate"}, "invalid_usage", ["SN_CLIENT_SECRET"]),
        ({"SN_CLIENT_ID": "changegate", "SN_CLIENT_SECRET": "wrong"}, "authentication", ["token", "client_secret"]),
        ({"SN_ACCESS_TOKEN": "made-up"}, "authentication", ["token"]),
        ({"SN_GRANT_TYPE": "magic"}, "invalid_usage", ["SN_GRANT_TYPE", "client_credentials"]),
        ({"SN_TIMEOUT": "soon"}, "invalid_usage", ["SN_TIMEOUT"]),
        ({"SN_CUSTOM_HEADERS": "[1]"}, "invalid_usage", ["SN_CUSTOM_HEADERS"]),
        ({"SN_PROXY": f"http://127.0.0.1:{closed_port()}"}, "connection", ["proxy"]),
        ({"SN_CA_PATH": "/nowhere/ca.pem", "SN_HOST": "https://127.0.0.1:1"}, "invalid_usage", ["ca_path"]),
    ]
    names = list(MODULES)
    cases, ordinary = [], []
    for turn, (environment, kind, words) in enumerate(troubles):
        for name in names:
            if environment == login("auditor") and name.endswith("_info"):
                continue  # reading is what an auditor may do
            case = Case(trouble(name, environment), kind, words)
            # Every module with what reaches the instance; the options of the connection are resolved in one place.
            if turn < 11 or name == names[turn % 5]:
                cases.append(case)
            if name == names[turn % 5] and turn % 3 == 0:
                ordinary.append(case)
    in_both(instance, cases, ordinary)


def test_wrong_arguments(instance: Instance) -> None:
    """Missing, contradicting, unknown and mistyped options are named by msg, before any request."""
    missing = "one of the following is required: sys_id, number, correlation_id"
    arguments: list[tuple[str, dict[str, Any], list[str]]] = [
        ("snow_record", {}, ["table"]),
        ("snow_record", {"table": "incident"}, ["sys_id, number, match_on"]),
        ("snow_record", {"table": "incident", "number": "INC1", "sys_id": "0" * 32}, ["mutually exclusive"]),
        ("snow_record", {"table": "incident", "number": "INC1", "state": "gone"}, ["present, absent", "gone"]),
        ("snow_record", {"table": "incident", "number": "INC1", "data": "many"}, ["dictionary"]),
        ("snow_record", {"table": "incident", "number": "INC1", "colour": "red"}, ["colour", "snow_record"]),
        ("snow_attachment", {"content": "x", "name": "a"}, [missing]),
        ("snow_attachment", {"number": NUMBER}, ["src, content"]),
        ("snow_attachment", {"number": NUMBER, "content": "x"}, ["name"]),
        ("snow_attachment", {"number": NUMBER, "content": "x", "name": "a", "src": "b"}, ["mutually exclusive"]),
        ("snow_attachment", {"number": NUMBER, "state": "absent"}, ["name"]),
        ("snow_change", {"short_description": "x"}, [missing]),
        ("snow_change", {"number": NUMBER, "instance": {"hosst": "x"}}, ["instance.hosst"]),
        ("snow_change", {"number": NUMBER, "instance": {"timeout": "soon"}}, ["timeout", "float"]),
        ("snow_change", {"number": NUMBER, "instance": {"grant_type": "magic"}}, ["grant_type", "magic"]),
        ("snow_change", {"number": NUMBER, "if_missing": "panic"}, ["if_missing", "panic"]),
        ("snow_change_task", {"short_description": "x"}, ["change"]),
        ("snow_change_info", {"number": NUMBER, "query": "active=true"}, ["mutually exclusive"]),
        ("snow_change_info", {"query": "active=true", "limit": "many"}, ["limit", "int"]),
        ("snow_change_info", {"number": NUMBER, "include": ["gossip"]}, ["include", "gossip"]),
    ]
    cases = [Case(snow(module, **options), None, words) for module, options, words in arguments]
    in_both(instance, cases, cases[::3])
    assert instance.requests() == []


def test_wrong_values(instance: Instance) -> None:
    """Values that cannot be what they should be are refused before any request is sent."""
    no_request: list[tuple[str, dict[str, Any], str, str]] = [
        ("snow_record", {"table": "inci dent", "number": "INC1"}, "invalid_usage", "table"),
        ("snow_record", {"table": "../sys_user", "number": "INC1"}, "invalid_usage", "table"),
        ("snow_record", {"table": "incident", "match_on": ["number"]}, "invalid_usage", "data or of records"),
        ("snow_record", {"table": "incident", "number": "None"}, "invalid_identity", "number"),
        ("snow_record", {"table": "incident", "number": ""}, "invalid_identity", "number"),
        ("snow_record", {"table": "incident", "sys_id": "62826bf0"}, "invalid_identity", "sys_id"),
        ("snow_record", {"table": "incident", "match_on": [], "data": {}}, "invalid_identity", "match_on"),
        ("snow_record", {"table": "incident", "match_on": ["a"], "data": {"b": 1}}, "invalid_usage", "match_on"),
        ("snow_record", {"table": "incident", "match_on": ["a"], "data": {"a": ""}}, "invalid_identity", "data.a"),
        ("snow_record", {"table": "incident", "match_on": ["a b"], "data": {"a b": "x"}}, "invalid_query", "a b"),
        ("snow_attachment", {"sys_id": "null", "name": "a", "content": "x"}, "invalid_identity", "sys_id"),
        ("snow_attachment", {"number": NUMBER, "src": "/nowhere/plan.md"}, "local_file", "/nowhere/plan.md"),
        ("snow_change", {"number": "undefined"}, "invalid_identity", "number"),
        ("snow_change", {"correlation_id": "x" * 101}, "invalid_identity", "100"),
        ("snow_change", {"number": NUMBER, "instance": {"access_token": "token-1", "password": "pass-1"}},
         "invalid_usage", "access_token"),
        ("snow_change_task", {"change": "", "short_description": "x"}, "invalid_identity", "change"),
        ("snow_change_info", {"query": "active=true", "limit": 0}, "invalid_usage", "limit"),
    ]  # fmt: skip
    cases = [Case(snow(module, **options), kind, [word]) for module, options, kind, word in no_request]
    in_both(instance, cases, cases[::3])
    assert instance.requests() == []


def test_impossible_connections(instance: Instance) -> None:
    """A connection option that no request could be sent with is named, instead of an exception of some library."""
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"proxy": "http://["}, "proxy"),
        ({"custom_headers": {"X-A": "two\nlines"}}, "custom_headers"),
        ({"custom_headers": {"X A:": "name"}}, "custom_headers"),
        ({"custom_headers": {"X-\u00c4": "name"}}, "custom_headers"),
        ({"access_token": "two\nlines"}, "access_token"),
        ({"host": "https://[::1"}, "instance.host"),
        ({"host": "https://exa mple.com"}, "instance.host"),
        ({"host": "https://localhost:99999"}, "instance.host"),
        ({"host": "a" * 300}, "instance.host"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
    ]
    defaults = {"retry_deadline": 0}
    module = MODULES["snow_record"]
    cases = [
        Case(snow("snow_record", **module, instance={**defaults, **options}), "invalid_usage", [word])
        for options, word in wrong
    ]
    play(instance, cases, in_process=True)
    assert instance.requests() == []


def test_dates_and_numbers_that_are_none(instance: Instance) -> None:
    """A date or a number that cannot be read is refused before the write, and the column is named."""
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("snow_record", {"table": "incident", "number": "INC0000055", "data": {"due_date": "tomorrow"}}, "due_date"),
        ("snow_record", {"table": "incident", "number": "INC0000055", "data": {"due_date": "2026-02-30T10:00:00Z"}},
         "due_date"),
        ("snow_change", {"number": NUMBER, "start_date": "soon"}, "start_date"),
        ("snow_change", {"correlation_id": "new", "short_description": "x", "end_date": "31.12.2026"}, "end_date"),
    ]  # fmt: skip
    cases = [Case(snow(module, **options), "invalid_usage", [word]) for module, options, word in wrong]
    in_both(instance, cases, cases[:1])
    assert instance.writes() == []


def test_an_instance_that_does_not_answer_in_time(instance: Instance) -> None:
    """The timeout ends the wait, and the message names it."""
    instance.control("PUT", "latency", {"ms": 1500})
    task = trouble("snow_record", {"SN_TIMEOUT": "0.3"})
    played = instance.play(*tolerated(task))
    instance.control("PUT", "latency", {"ms": 0})
    instance.await_requests(1)
    assert played.last.result["error"]["type"] == "connection"
    assert "0.3 seconds" in played.last.result["msg"]
    assert is_sentence(played.last.result["msg"])
