"""What comes over the wire broken gets an answer, and hurts nobody else."""

from __future__ import annotations

import base64
import socket
import threading
import time

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim

AUTHORIZED = f"Host: x\r\nAuthorization: Basic {base64.b64encode(b'admin:admin-password').decode()}\r\n"
ONE = "/api/now/table/incident?sysparm_limit=1&sysparm_fields=number"
pytestmark = [behavior("Table API", "HTTP/1.1 with keep-alive, chunked bodies, pipelining; broken requests answered")]


def connect(sim: Sim) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(sim.url.rsplit(":", 1)[1])), timeout=5)


def exchange(sim: Sim, request: str, *, end: bool = True) -> str:
    """All that comes back until the server closes the connection, which the request asks for."""
    with connect(sim) as connection:
        connection.sendall(request.encode("latin-1"))
        if end:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while block := connection.recv(65536):
            received += block
    return received.decode("latin-1")


def post(body: str, headers: str = "") -> str:
    return f"POST /api/now/table/incident HTTP/1.1\r\n{AUTHORIZED}{headers}Connection: close\r\n\r\n{body}"


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("nonsense\r\n\r\n", ""),
        (post("", "Content-Length: -5\r\n"), "400"),
        (post("", "Content-Length: abc\r\n"), "400"),
        (post("zz\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"), "400"),
        (post("-1\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"), "400"),
        (post("2\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"), "201"),
        (post("1;x=y\r\n{\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n", "Transfer-Encoding: chunked\r\n"), "201"),
        (post("{}", "Content-Length: 2\r\n"), "201"),
        (post('{"impact": NaN}', "Content-Length: 15\r\n"), "400"),
        (post("[" * 50000, "Content-Length: 50000\r\n"), "400"),
        (f"GET {ONE} HTTP/1.1\r\n{AUTHORIZED}X: {'a' * 70000}\r\n\r\n", "431"),
        (f"GET /?q={'a' * 70000} HTTP/1.1\r\n{AUTHORIZED}\r\n", "414"),
        (f"GET {ONE} HTTP/1.0\r\n{AUTHORIZED}\r\n", "200"),
        (f"GET http://elsewhere{ONE} HTTP/1.1\r\n{AUTHORIZED}Connection: close\r\n\r\n", "200"),
        (f"GET /api/now/table/%ff%00%zz HTTP/1.1\r\n{AUTHORIZED}Connection: close\r\n\r\n", "400"),
        (f"GET /api/now/table/a%0d%0aX:y HTTP/1.1\r\n{AUTHORIZED}Connection: close\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: x\r\nCookie: \xff;;==\r\nConnection: close\r\n\r\n", "303"),
    ],
)
def test_each_request_gets_its_answer(
    sim: Sim, request_text: str, status: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = exchange(sim, request_text, end=False)
    assert answer.startswith(f"HTTP/1.1 {status}") or (not status and "400" in answer)
    assert capsys.readouterr().err == "", "no traceback"


def test_a_body_cut_short_writes_nothing(sim: Sim) -> None:
    before = len(sim.dump("incident"))
    assert exchange(sim, post("{}", "Content-Length: 99\r\n")) == ""
    assert len(sim.dump("incident")) == before


def test_pipelined_requests_are_answered_in_order(sim: Sim) -> None:
    one = f"GET {ONE}&sysparm_query=number=INC0000055 HTTP/1.1\r\n{AUTHORIZED}\r\n"
    last = f"GET /api/now/table/nothing HTTP/1.1\r\n{AUTHORIZED}Connection: close\r\n\r\n"
    answers = exchange(sim, one + one + last).split("HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == ["200", "200", "400"]


def test_expect_continue(sim: Sim) -> None:
    answer = exchange(sim, post("{}", "Expect: 100-continue\r\nContent-Length: 2\r\n"))
    assert answer.startswith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created")


def test_two_hundred_idle_connections_are_in_nobodys_way(sim: Sim) -> None:
    idle = [connect(sim) for _ in range(200)]
    started = time.perf_counter()
    assert sim.get(ONE).status_code == 200
    assert time.perf_counter() - started < 2
    for connection in idle:
        connection.close()
    deadline = time.monotonic() + 5
    while threading.active_count() > 50 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() < 50, "closed connections leave no thread"
