"""HTTPS, client certificates, and clients that do not keep to it."""

from __future__ import annotations

import hashlib
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from cryptography.x509 import load_der_x509_certificate
from tests.simulator.behaviors import behavior
from tests.simulator.process import start

from snow_simulator import Simulator
from snow_simulator.cli import main

AUTH = ("ansible", "ansible-password")
PATH = "/api/now/table/incident"


@pytest.fixture(scope="module")
def clients() -> trustme.CA:
    """An authority of one's own."""
    return trustme.CA(organization_name="Example")


@pytest.fixture(scope="module")
def secure(clients: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    file = tmp_path_factory.mktemp("tls") / "clients.pem"
    clients.cert_pem.write_to_path(str(file))
    simulator = Simulator(tls=True, client_ca=file)
    simulator.start()
    yield simulator
    simulator.stop()


def written(issued: trustme.LeafCert, file: Path) -> Path:
    issued.private_key_and_cert_chain_pem.write_to_path(str(file))
    return file


def user_of(simulator: Simulator, cert: Path | None, **options: Any) -> str | None:
    """Who the server takes the caller for; None where it answers 401."""
    answer = requests.post(
        simulator.url + PATH,
        json={},
        verify=str(simulator.ca_file),
        cert=str(cert) if cert else None,
        timeout=10,
        **options,
    )
    assert answer.status_code in (201, 401), answer.text
    user: str | None = answer.json()["result"]["sys_created_by"] if answer.status_code == 201 else None
    return user


def port(simulator: Simulator) -> int:
    return int(simulator.url.rsplit(":", 1)[1])


def plain(simulator: Simulator, data: bytes) -> bytes:
    """What comes back for bytes that are no TLS."""
    with socket.create_connection(("127.0.0.1", port(simulator)), timeout=5) as connection:
        connection.sendall(data)
        received = b""
        while block := connection.recv(65536):
            received += block
    return received


# Server -------------------------------------------------------------------------------------------------


@behavior("Authentication", "HTTPS with a certificate made on the spot, its authority in a file (`tls`, `--tls`)")
def test_https(secure: Simulator) -> None:
    assert secure.url.startswith("https://127.0.0.1:")
    with requests.Session() as session:
        # The environment may name authorities of its own, which requests would prefer.
        session.verify, session.trust_env = str(secure.ca_file), False
        for host in ("127.0.0.1", "localhost"):
            url = secure.url.replace("127.0.0.1", host)
            answer = session.get(f"{url}{PATH}?sysparm_limit=2", auth=AUTH, timeout=10)
            assert answer.headers["Link"].startswith(f"<{secure.url}/")
            assert answer.json()["result"][0]["opened_by"]["link"].startswith(f"{secure.url}/api/now/")
            assert all(cookie.secure for cookie in session.cookies)
        # The cookie alone, over the same connection.
        assert session.get(secure.url + PATH, timeout=10).status_code == 200
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(secure.url, timeout=10)


@behavior("Authentication", "Plain HTTP sent to the HTTPS port is answered with 400; other noise is hung up on")
def test_what_is_no_tls(secure: Simulator, capfd: pytest.CaptureFixture[str]) -> None:
    answer = plain(secure, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert f"Content-Length: {len(body)}".encode() in head
    for noise in (b"\0" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 70_000):
        with socket.create_connection(("127.0.0.1", port(secure)), timeout=5) as connection:
            connection.sendall(noise)
    with socket.create_connection(("127.0.0.1", port(secure)), timeout=5) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert user_of(secure, None, auth=AUTH) == "ansible"
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


@behavior(
    "Authentication", "A client that does not finish its TLS handshake blocks nobody, nor the stop of the simulator"
)
def test_unfinished_handshakes() -> None:
    simulator = Simulator(data="minimal", tls=True)
    simulator.start()
    directory = simulator.ca_file.parent
    before = set(threading.enumerate())
    idle = [socket.create_connection(("127.0.0.1", port(simulator)), timeout=5) for _ in range(20)]
    idle[0].sendall(b"\x16\x03\x01")
    began = time.monotonic()
    for _ in range(5):
        assert user_of(simulator, None, auth=AUTH) == "ansible"
    assert time.monotonic() - began < 3
    simulator.stop()
    assert time.monotonic() - began < 5
    assert not set(threading.enumerate()) - before
    assert not directory.exists()
    for connection in idle:
        connection.close()


def test_many_clients_at_once(secure: Simulator) -> None:
    found: list[str | None] = []

    def call() -> None:
        for _ in range(3):
            found.append(user_of(secure, None, auth=AUTH))

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == ["ansible"] * 48


@behavior("Authentication", "HTTPS with a certificate of one's own (`--tls-cert`, `--tls-key`)")
def test_own_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    cert, key, ca = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    issued.cert_chain_pems[0].write_to_path(str(cert))
    issued.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(ca))
    simulator = Simulator(data="minimal", tls_cert=cert, tls_key=key)
    with simulator as url:
        assert requests.get(url + PATH, verify=str(ca), auth=AUTH, timeout=10).status_code == 200
        assert simulator.ca_file == cert
    assert cert.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--tls-cert {0}/ca", "takes both"),
        ("--tls-key {0}/ca", "takes both"),
        ("--tls-cert {0}/ca --tls-key {0}/missing", "No such file"),
        ("--tls-cert {0}/noise --tls-key {0}/noise", "cannot be used"),
        ("--tls --client-ca {0}/noise", "is no file of certificates"),
        ("--tls --client-ca {0}/missing", "No such file"),
        ("--client-certificate ansible", "USER=FILE"),
        ("--client-certificate nobody={0}/out", "There is no user 'nobody'"),
        ("--client-certificate ansible={0}/missing/x", "No such file"),
    ],
)
def test_files_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: str, message: str
) -> None:
    (tmp_path / "noise").write_text("x")
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca"))
    before = set(threading.enumerate())
    assert main(["--port", "0", "--data", "minimal", *options.format(tmp_path).split()]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("snow-simulator: ")
    assert message in err
    assert set(threading.enumerate()) == before
    assert not (tmp_path / "out").exists()


# Clients ------------------------------------------------------------------------------------------------


@behavior(
    "Authentication", "Mutual TLS: a client certificate made for a user (`client_certificate`), good after a reset too"
)
def test_certificate_for_a_user(secure: Simulator, tmp_path: Path) -> None:
    file = secure.client_certificate("beth.anglin")
    assert file.parent == secure.ca_file.parent
    other = secure.client_certificate("abel.tuter", tmp_path / "abel.pem")
    for _ in range(2):
        assert user_of(secure, file) == "beth.anglin"
        assert user_of(secure, other) == "abel.tuter"
        requests.post(f"{secure.url}/_sim/reset", verify=str(secure.ca_file), timeout=10)
    assert user_of(secure, None) is None
    assert user_of(secure, file, auth=AUTH) == "ansible"
    assert user_of(secure, file, auth=("ansible", "wrong")) is None
    with pytest.raises(ValueError, match="There is no user 'nobody'"):
        secure.client_certificate("nobody")


@behavior("Authentication", "Mutual TLS: certificates of one's own authority, mapped by `sys_user_certificate`")
@pytest.mark.parametrize("how", ["fingerprint", "pem_certificate", "subject"])
def test_certificate_of_ones_own(secure: Simulator, clients: trustme.CA, tmp_path: Path, how: str) -> None:
    issued = clients.issue_cert(common_name=f"robot-{how}", organization_name="Robots")
    cert = written(issued, tmp_path / "robot.pem")
    assert user_of(secure, cert) is None
    # Not mapped to a user it is as good as none: other ways to say who one is are open.
    assert user_of(secure, cert, auth=AUTH) == "ansible"
    pem = issued.cert_chain_pems[0].bytes().decode()
    der = ssl.PEM_cert_to_DER_cert(pem)
    # Tools differ in the order of a subject's parts, and in blanks and case.
    subject = ", ".join(reversed(load_der_x509_certificate(der).subject.rfc4514_string().split(",")))
    shown = hashlib.sha256(der).hexdigest().upper()
    value = {"fingerprint": shown, "pem_certificate": pem, "subject": subject.upper()}[how]
    session = requests.Session()
    # The environment may name authorities of its own, which requests would prefer.
    session.verify, session.auth, session.trust_env = str(secure.ca_file), ("admin", "admin-password"), False
    users = f"{secure.url}/api/now/table/sys_user?sysparm_query=user_name=beth.anglin"
    beth = session.get(users, timeout=10).json()["result"][0]["sys_id"]
    mapping = f"{secure.url}/api/now/table/sys_user_certificate"
    made = session.post(mapping, json={"user": beth, how: value}, timeout=10).json()["result"]
    assert user_of(secure, cert) == "beth.anglin"
    session.patch(f"{mapping}/{made['sys_id']}", json={"active": "false"}, timeout=10)
    assert user_of(secure, cert) is None
    session.close()


@behavior("Authentication", "Mutual TLS: a certificate of an authority that is not known ends the handshake")
def test_certificate_of_a_stranger(secure: Simulator, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cert = written(trustme.CA().issue_cert(common_name="ansible"), tmp_path / "stranger.pem")
    with pytest.raises(requests.ConnectionError):
        user_of(secure, cert)
    assert capfd.readouterr() == ("", "")


def test_a_header_is_no_certificate(secure: Simulator) -> None:
    for name in ("snow.client_certificate", "snow.client-certificate", "SSL_CLIENT_CERT"):
        assert user_of(secure, None, headers={name: "x"}) is None


def test_without_tls() -> None:
    simulator = Simulator(data="minimal")
    with simulator, pytest.raises(RuntimeError, match="TLS"):
        _ = simulator.ca_file


# The command --------------------------------------------------------------------------------------------


def test_command(tmp_path: Path) -> None:
    file = tmp_path / "ansible.pem"
    options = ("--data", "minimal", "--tls", "--client-certificate", f"ansible={file}")
    process, url, (line,) = start(*options)
    authority = line.rstrip().removeprefix("snow-simulator CA certificate: ")
    assert file.stat().st_mode & 0o077 == 0
    answer = requests.get(url + PATH, verify=authority, cert=str(file), timeout=10)
    assert (answer.status_code, answer.headers["X-Is-Logged-In"]) == (200, "true")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "", "")
    assert not Path(authority).exists()
