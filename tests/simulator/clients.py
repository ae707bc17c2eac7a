"""Clients from PyPI, as they are, connected to the simulator."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from tests.simulator.support import Sim


def host(sim: Sim) -> str:
    return sim.url.removeprefix("http://")


def pysnow_client(sim: Sim, user: str = "ansible", **options: Any) -> Any:
    """pysnow builds https addresses unless it is told not to."""
    pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")
    return pysnow.Client(host=host(sim), use_ssl=False, user=user, password=f"{user}-password", **options)


def pysnc_client(sim: Sim, auth: Any = "ansible", **options: Any) -> Any:
    """`auth` is a user, or anything that PySNC takes; `speak_plainly` must have been called."""
    pysnc = pytest.importorskip("pysnc", reason="pysnc is not installed")
    if isinstance(auth, str):
        auth = (auth, f"{auth}-password")
    return pysnc.ServiceNowClient(secure_url(sim), auth, **options)


def secure_url(sim: Sim) -> str:
    return sim.url.replace("http://", "https://")


def speak_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """PySNC takes https addresses only: what goes to this machine goes over plain HTTP instead.

    It is the library below PySNC that is told so, so that its own sessions and OAuth flows are those of PySNC.
    """
    send = HTTPAdapter.send

    def plain(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://127.0.0.1", "http://127.0.0.1", 1)
        return send(self, request, *args, **options)

    monkeypatch.setattr(HTTPAdapter, "send", plain)


def seed(sim: Sim, table: str, *records: dict[str, object]) -> None:
    """Records as they shall be, past the business rules."""
    sim.control("POST", "seed", {"table": table, "records": list(records)}, status=201)
