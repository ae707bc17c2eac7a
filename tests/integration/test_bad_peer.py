# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that no instance should give, from a socket that gives them: each ends in an error of ours, and soon."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from tests.integration.helpers import Instance

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from snow_simulator import Simulator

ROWS = [{"sys_id": f"{number:032x}", "number": f"N{number}"} for number in range(10)]
FULL = json.dumps({"result": ROWS}).encode()
DEEP = b'{"result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


class Peer:
    """Answers every request on loopback with the same bytes, and counts them."""

    def __init__(self, answer: bytes) -> None:
        self._answer, self.count = answer, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            while lines.readline():
                length = 0
                for line in iter(lines.readline, b"\r\n"):
                    name, _colon, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                lines.read(length)
                self.count += 1
                connection.sendall(self._answer)


@contextmanager
def peer(body: bytes, *headers: str, status: str = "200 OK") -> Iterator[tuple[Peer, Client]]:
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers, "", ""]
    made = Peer("\r\n".join(head).encode("latin-1") + body)
    with Client(host=made.url, user="u", password="p", timeout=2, retry_deadline=0.4) as client:
        yield made, client
    made.close()


@pytest.mark.parametrize("stream", [False, True])
def test_json_that_is_nested_too_deeply_is_no_record(stream: bool) -> None:
    with peer(DEEP) as (_peer, client), pytest.raises(errors.UnexpectedResponseFormat, match="not whole JSON"):
        list(client.table("incident").get(stream=stream).all())


@pytest.mark.parametrize("total", ["\xb2", "9" * 5000, "1000000000000", "-1", "abc", "0", "3"])
def test_a_total_that_cannot_be_is_none(total: str) -> None:
    """Every page is the same: without a total to go by, a list ends, and never goes on for ever."""
    with peer(FULL, f"X-Total-Count: {total}") as (made, client):
        table = client.table("incident")
        for query in ("", "ORDERBYnumber"):
            assert table.get(query=query, page_size=10).all() == ROWS
        assert made.count < 20


def test_a_list_that_tells_no_length_and_ends_with_no_record_ends(instance: Instance) -> None:
    client = Client(host=instance.url, user="admin", password="admin-password")
    changes = client.resource("/change", "/api/sn_chg_rest").get(page_size=7, suppress_pagination_header=True)
    found = [row["number"]["value"] for row in changes.all() if "number" in row]
    assert sorted(found) == sorted(row["number"] for row in instance.rows("change_request"))


def test_a_large_total_costs_no_memory() -> None:
    with peer(FULL, "X-Total-Count: 9999999999") as (made, client):
        for query in ("", "ORDERBYnumber"):
            with pytest.raises(errors.UnexpectedResponseFormat, match="every page with the same records"):
                client.table("incident").get(query=query, page_size=10).all()
        assert made.count < 40


@pytest.mark.parametrize("asked", ["Retry-After: 0", "Retry-After: -5", "Retry-After: nan", "X-RateLimit-Reset: 5"])
def test_no_wait_at_all_is_not_taken_by_its_word(asked: str) -> None:
    with peer(b"{}", asked, status="429 Too Many Requests") as (made, client):
        with pytest.raises(errors.RateLimited):
            client.table("incident").get(limit=1).all()
        assert made.count < 5


def test_a_query_is_not_taken_for_the_cause_of_a_failure() -> None:
    """What a library says of a refused connection holds the URL, and so whatever was searched for."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    client = Client(host=url, user="u", password="p", retry_deadline=0)
    for words in ("X_ALERT_Y", "CERTIFICATE", "getaddrinfo"):
        with pytest.raises(errors.ConnectionFailed, match="connection refused") as caught:
            client.table("incident").get(query={"short_description": words}).all()
        assert not isinstance(caught.value, errors.BadAddress)
        assert words not in "".join(traceback.format_exception(caught.value)).split("errors.py")[-1]


def test_a_wrong_header_is_not_shown_with_the_error(instance: Instance) -> None:
    client = Client(host=instance.url, user="admin", password="admin-password")
    secret = "-".join(["very", "secret"])
    with pytest.raises(errors.InvalidUsage) as caught:
        client.table("incident").request("GET", headers={"X-Key": f"{secret}\n"})
    assert secret not in "".join(traceback.format_exception(caught.value))


def test_a_login_in_the_address_is_refused_and_not_repeated() -> None:
    for host in ("https://:hidden@example.com", "https://me:hidden@example.com", "https://@example.com"):
        with pytest.raises(errors.InvalidUsage) as caught:
            Client(host=host, user="u", password="p")
        assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "path",
    ["/%2e%2e/problem", "/..;a/problem", "%2E%2e/problem", "/.", "/%2e;x", "/a/..%2f..", {"value": None}, b"a", 5],
)
def test_a_path_leads_nowhere_else(instance: Instance, path: object) -> None:
    client = Client(host=instance.url, user="admin", password="admin-password")
    with pytest.raises(errors.InvalidUsage, match="path_append"):
        client.table("incident").request("GET", path)  # type: ignore[arg-type]
    if isinstance(path, str) and path.startswith("/"):
        with pytest.raises(errors.InvalidUsage, match="api_path"):
            client.resource(f"/table{path}")
    assert instance.requests() == []


def test_an_instance_name_is_one_without_tls_too() -> None:
    client = Client(instance="dev1234", user="u", password="p", use_ssl=False)
    assert client.base_url == "http://dev1234.service-now.com"
    assert Client(host="snow:8080", user="u", password="p", use_ssl=False).base_url == "http://snow:8080"


def test_a_record_that_was_read_without_its_sys_id_says_so(instance: Instance) -> None:
    table = Client(host=instance.url, user="admin", password="admin-password").table("incident")
    found = table.get(query={"number": "INC0000055"}, fields=["number"])
    with pytest.raises(errors.InvalidUsage, match="add sys_id to fields"):
        found.update({"urgency": 1})
    assert instance.writes() == []


_BULK = """
import sys
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
table = Client(host=sys.argv[1], user="admin", password="admin-password", timeout=30).table("incident")
print("begins", flush=True)
table.insert_many([{"short_description": "x"}] * 300)
"""


@pytest.mark.parametrize("action", [{"delay_ms": 6000}, {"status": 503, "headers": {"Retry-After": "30"}}])
def test_ctrl_c_ends_a_bulk_write_soon(action: dict[str, object]) -> None:
    # An instance of its own: it goes on with what was sent.
    simulator = Simulator()
    with simulator as url:
        simulator.fault("/batch", action=action)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", _BULK, url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(1.0)
            process.send_signal(signal.SIGINT)
            began = time.monotonic()
            assert process.wait(20) == -signal.SIGINT
            assert time.monotonic() - began < 3
