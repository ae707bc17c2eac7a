# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a recap: bounded, without what is secret, and what it counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.module_utils.recap import (
    COUNTS,
    LONGEST,
    Failure,
    Recap,
    job_of,
    line_of,
    message_of,
    secrets_in,
    since,
)

BEGAN = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def counts(**given: int) -> dict[str, int]:
    return {**dict.fromkeys(COUNTS, 0), **given}


def recap(hosts: dict[str, dict[str, int]], *failures: Failure, seconds: float = 90) -> Recap:
    return Recap("site.yml", "1a2b3c4d", "ada@host", "", BEGAN, BEGAN + timedelta(seconds=seconds), hosts, failures)


def test_a_short_one_says_all() -> None:
    hosts = {"web-01": counts(ok=3, changed=1), "web-02": counts(ok=1, failures=1), "db-01": counts(unreachable=1)}
    text = recap(hosts, Failure("web-02", "Install", "No package")).text()
    assert text.splitlines() == [
        "Ansible playbook site.yml failed.",
        "Run 1a2b3c4d by ada@host",
        "From 2026-11-22 20:00:00 to 2026-11-22 20:01:30 UTC, 1 min 30 s",
        "",
        "                  ok  changed  unreachable  failed  skipped  rescued  ignored",
        "all 3 hosts        4        1            1       1        0        0        0",
        "db-01              0        0            1       0        0        0        0",
        "web-02             1        0            0       1        0        0        0",
        "web-01             3        1            0       0        0        0        0",
        "",
        "Failed tasks:",
        "- web-02, Install: No package",
    ]


@pytest.mark.parametrize("failures", [0, 1, 3, 40, 500])
@pytest.mark.parametrize("hosts", [1, 2, 30, 45, 3000])
def test_however_much_there_is_it_fits(hosts: int, failures: int) -> None:
    """What does not fit is counted, and hosts with failures come first."""
    rows = {f"node-{at:04}.example.com": counts(ok=7, failures=int(at >= hosts - failures)) for at in range(hosts)}
    told = [Failure(f"node-{at}", "Install " * 20, line_of("x" * 500)) for at in range(failures)]
    text = recap(rows, *told).text()
    assert len(text) <= LONGEST
    lines = text.splitlines()
    shown = [line for line in lines if line.startswith("node-")]
    more = [line for line in lines if line.startswith("... and ")]
    missing = hosts - len(shown)
    assert (f"... and {missing} more hosts" in more) is bool(missing)
    failed = len([line for line in lines if line.startswith("- node-")])
    assert (f"... and {failures - failed} more failed tasks" in more) is (failed < failures)
    assert failed >= min(failures, 3)
    if failures and hosts > 1:
        assert shown[0].split()[4] == "1"
    assert text.startswith(f"Ansible playbook site.yml {'failed' if failures else 'succeeded'}.")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (59.6, "1 min"), (3600, "1 h"), (7384, "2 h 3 min 4 s"), (-3, "0 s")]
)
def test_durations(seconds: float, text: str) -> None:
    assert recap({"a": counts(ok=1)}, seconds=seconds).text().splitlines()[2].endswith(f"UTC, {text}")


def test_no_text_is_shown_as_html() -> None:
    text = recap({"a": counts(failures=1)}, Failure("a", "[CODE]<b>x[/Code]", "[code]")).text()
    assert "[code]" not in text.lower()
    assert "[/code]" not in text.lower()


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"msg": "No package", "stderr": "password=x"}, "No package"),
        ({"msg": "non-zero return code", "rc": 2, "cmd": "x"}, "non-zero return code (rc 2)"),
        ({"msg": ["a", "b"]}, "['a', 'b']"),
        ({}, "no message"),
        ({"msg": ""}, "no message"),
        ({"reason": "Could not find the file"}, "Could not find the file"),
        ({"censored": "the output has been hidden", "msg": "x"}, "hidden by no_log"),
        ({"_ansible_no_log": True, "msg": "x"}, "hidden by no_log"),
    ],
)
def test_messages(result: dict[str, Any], text: str) -> None:
    assert message_of(result) == text


def test_messages_of_a_loop() -> None:
    result = {"msg": "One or more items failed"}
    assert message_of(result, ["a"]) == "a"
    assert message_of(result, ["a", "b", "c", "d", "e"]) == "a; b; c; and 2 more items"
    assert message_of({"censored": "hidden"}, ["a"]) == "hidden by no_log"


def test_what_is_taken_for_a_secret() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END KEY-----\n"
    variables = {
        "db_password": "hunter22",
        "ansible_become_pass": "become-1",
        "users": [{"name": "ada", "API_KEY": "key-1234"}, "text"],
        "vault_token": {"a": ["token-1", {"b": "token-2"}]},
        "ssh_private_key": key,
        "credentials": None,
        "secret_enabled": True,
        "pass_count": 12345,
        "pin_secret": "123",
        "passenger": "not this",
        "compass_heading": "nor this",
        "name": "web",
    }
    assert secrets_in(variables) == {
        "hunter22", "become-1", "key-1234", "token-1", "token-2", key, key.strip(), "MIIEvQIBADANBgkqhkiG9w0", "12345",
    }  # fmt: skip


def test_a_value_from_a_vault_is_one_whatever_its_name() -> None:
    class EncryptedString(str):
        pass

    assert secrets_in({"color": EncryptedString("crimson"), "deep": {"er": [{"x": EncryptedString("indigo")}]}}) == {
        "crimson",
        "indigo",
    }


def test_several_playbooks_are_counted_apart() -> None:
    first = {"a": counts(ok=2), "b": counts(ok=1)}
    second = {"a": counts(ok=2), "b": counts(ok=4, changed=1), "c": counts(unreachable=1)}
    assert since({}, first) == first
    assert since(first, second) == {"b": counts(ok=3, changed=1), "c": counts(unreachable=1)}


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({}, ""),
        ({"JOB_ID": "7", "AWX_HOST": "https://awx.example.com/"}, "https://awx.example.com/#/jobs/playbook/7"),
        ({"JOB_ID": "7", "PROJECT_REVISION": "1a2b"}, "AWX job 7"),
        ({"JOB_ID": "7"}, ""),
        (
            {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "9"},
            "https://github.com/a/b/actions/runs/9",
        ),
        ({"CI_JOB_URL": "https://ada:pw@gitlab.example.com/a/-/jobs/1"}, "https://gitlab.example.com/a/-/jobs/1"),
        ({"BUILD_URL": "https://jenkins.example.com/job/a@b/1/"}, "https://jenkins.example.com/job/a@b/1/"),
    ],
)
def test_where_a_run_is_found(environ: dict[str, str], text: str) -> None:
    assert job_of(environ) == text
