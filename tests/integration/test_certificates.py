# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutual TLS: who calls with a certificate, and one sentence for each way in which that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from tests.integration.helpers import Instance, password_of, refusal, snow, unfailing

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.client import connect
from ansible_collections.changegate.snow.plugins.module_utils.connection import resolve
from snow_simulator import Simulator

#: The environment without a login.
NOBODY = {"SN_USERNAME": "", "SN_PASSWORD": ""}


@pytest.fixture(scope="module")
def secure() -> Iterator[Simulator]:
    simulator = Simulator(tls=True)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def way(secure: Simulator) -> dict[str, Any]:
    return {"host": secure.url, "ca_path": str(secure.ca_file), "retry_deadline": 0.0}


@pytest.fixture
def files(secure: Simulator, tmp_path: Path) -> dict[str, str]:
    """The certificate of a user, and its key in a file of its own."""
    both = secure.client_certificate("beth.anglin", tmp_path / "both.pem").read_text()
    begin = both.index("-----BEGIN CERTIFICATE")
    texts = {"client_key_file": both[:begin], "client_certificate_file": both[begin:]}
    if "PRIVATE KEY" not in texts["client_key_file"]:
        end = both.index("-----BEGIN", begin + 1)
        texts = {"client_certificate_file": both[:end], "client_key_file": both[end:]}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return {name: str(tmp_path / name) for name in texts}


def user_of(options: dict[str, Any]) -> str:
    """Who the instance takes the caller for."""
    with connect(resolve(options, {})) as client:
        made = client.table("incident").create(payload={"short_description": "x"})
    user: str = made["sys_created_by"]
    return user


def test_a_certificate_says_who_is_calling(way: dict[str, Any], files: dict[str, str], tmp_path: Path) -> None:
    """Alone, in two files or one; beside a login it is the login that counts."""
    assert user_of({**way, **files}) == "beth.anglin"
    assert user_of({**way, "client_certificate_file": str(tmp_path / "both.pem")}) == "beth.anglin"
    login = {"username": "david.loo", "password": password_of("david.loo")}
    assert user_of({**way, **files, **login}) == "david.loo"
    client = {"client_id": "changegate", "client_secret": "changegate-secret"}
    assert user_of({**way, **files, **login, **client}) == "david.loo"


def test_in_a_playbook(secure: Simulator, way: dict[str, Any], files: dict[str, str], tmp_path: Path) -> None:
    """In both hosts; a login that is only in the environment is not sent beside the certificate of a task."""
    instance = Instance(secure, tmp_path)
    task = snow("snow_record", table="incident", match_on=["correlation_id"], data={"correlation_id": "mtls"})
    options = {**way, **files}
    for in_process in (True, False):
        unfailing(instance.play(task, instance=options, in_process=in_process, environ={"SN_PASSWORD": "x"}).ours)
    with connect(resolve(options, {})) as client:
        made = client.table("incident").get(query={"correlation_id": "mtls"}).one()
    assert made["sys_created_by"] == "beth.anglin"


def test_files_that_cannot_be_used(way: dict[str, Any], files: dict[str, str], tmp_path: Path) -> None:
    other = trustme.CA().issue_cert("other.example.com")
    (tmp_path / "other.pem").write_bytes(other.private_key_pem.bytes())
    loaded = serialization.load_pem_private_key(Path(files["client_key_file"]).read_bytes(), None)
    (tmp_path / "protected.pem").write_bytes(
        loaded.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"geheim"),
        )
    )
    (tmp_path / "text.pem").write_text("no key")
    wrong = [
        ({"client_certificate_file": str(tmp_path / "none.pem")}, r"none.pem cannot be read \(No such file"),
        ({"client_key_file": str(tmp_path / "none.pem")}, r"none.pem cannot be read .* check instance.client_key_file"),
        ({"client_key_file": str(tmp_path / "other.pem")}, "does not belong to the certificate"),
        ({"client_key_file": str(tmp_path / "text.pem")}, "not a certificate and its private key in PEM"),
        ({"client_certificate_file": files["client_key_file"]}, "not a certificate and its private key in PEM"),
        ({"client_key_file": str(tmp_path / "protected.pem")}, "protected by a password, which is not supported"),
    ]
    for options, cause in wrong:
        with pytest.raises(errors.InvalidUsage, match=cause) as caught:
            user_of({**way, **files, **options})
        assert str(caught.value).endswith(".")


def test_certificates_that_the_server_refuses(
    secure: Simulator, way: dict[str, Any], files: dict[str, str], tmp_path: Path
) -> None:
    """A stranger's is told from a server that is not trusted, and one whose user may not sign in from both."""
    stranger = tmp_path / "stranger.pem"
    trustme.CA().issue_cert("stranger.example.com").private_key_and_cert_chain_pem.write_to_path(str(stranger))
    # The server's word for it does not always arrive before the end of the connection does.
    with (
        pytest.raises(errors.ConnectionFailed, match=r"(refuses|not accept) the client certificate") as caught,
        connect(resolve({**way, "client_certificate_file": str(stranger)}, {})) as client,
    ):
        client.table("incident").get(limit=1).first()
    assert str(stranger) not in str(caught.value)
    with pytest.raises(errors.ConnectionFailed, match=r"(refuses|not accept) the client certificate"):
        user_of({**way, "client_certificate_file": str(stranger)})
    with pytest.raises(errors.BadAddress, match=r"TLS certificate of .* is not trusted; set instance.ca_path"):
        user_of({**way, **files, "ca_path": str(stranger)})
    retired = secure.client_certificate("retired.person", tmp_path / "retired.pem")
    instance = Instance(secure, tmp_path)
    options = {**way, "client_certificate_file": str(retired)}
    (outcome,) = instance.run(snow("snow_change_info", number="CHG0030020", instance=options), environ=NOBODY)
    assert "API key or certificate" in refusal(outcome, "authentication")
