"""What the simulator's tests share: a small client over real HTTP, and the documents' examples."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from snow_simulator import Simulator

DATA = Path(__file__).parent / "data"
CHG24 = "1766f1de47410200e90d87e8dee490f6"
ADMIN_ID = "6816f79cc0a8016401c5a33be04be441"
NETWORK = "287ebd7da9fe198100f92cc8d1d2154e"
ABEL = "62826bf03710200044e0bfc8bcbe5df1"
EXAMPLES: dict[str, list[Any]] = json.loads((DATA / "change-management-examples.json").read_text())


class Sim:
    """A running simulator and one session a user; the password is the user name and `-password`."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.url = simulator.url
        self._sessions: dict[str, requests.Session] = {}

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()

    def session(self, user: str) -> requests.Session:
        if user not in self._sessions:
            self._sessions[user] = requests.Session()
            if user:
                self._sessions[user].auth = (user, f"{user}-password")
        return self._sessions[user]

    def call(self, method: str, path: str, user: str = "ansible", **options: Any) -> requests.Response:
        options.setdefault("timeout", 20)
        return self.session(user).request(method, self.url + path, **options)

    def get(self, path: str, user: str = "ansible", /, **params: object) -> requests.Response:
        return self.call("GET", path, user, params={k: str(v) for k, v in params.items()})

    def rows(self, table: str, query: str = "", user: str = "admin", **params: object) -> list[dict[str, Any]]:
        answer = self.get(f"/api/now/table/{table}", user, sysparm_query=query, **params)
        assert answer.status_code == 200, answer.text
        result: list[dict[str, Any]] = answer.json()["result"]
        return result

    def insert(self, table: str, user: str = "ansible", /, **values: object) -> dict[str, Any]:
        answer = self.call("POST", f"/api/now/table/{table}", user, json=values)
        assert answer.status_code == 201, answer.text
        result: dict[str, Any] = answer.json()["result"]
        return result

    def patch(self, table: str, sys_id: str, user: str = "ansible", /, **values: object) -> requests.Response:
        return self.call("PATCH", f"/api/now/table/{table}/{sys_id}", user, json=values)

    def control(self, method: str, path: str, body: object = None, status: int = 200) -> dict[str, Any]:
        answer = self.call(method, f"/_sim/{path}", "", json=body)
        assert answer.status_code == status, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def settings(self, **values: object) -> None:
        self.control("PUT", "settings", values)

    def fault(self, path: str = "", **spec: object) -> None:
        self.control("POST", "faults", {"path": path, **spec}, status=201)

    def log(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.control("GET", "log")["requests"]
        return entries

    def dump(self, table: str, **match: str) -> list[dict[str, str]]:
        records: list[dict[str, str]] = self.control("GET", f"dump?table={table}")["records"]
        return [row for row in records if all(row[name] == value for name, value in match.items())]

    # Changes -------------------------------------------------------------------------------------------

    def new_change(self, user: str = "ansible", /, **values: object) -> str:
        body = {"type": "normal", "short_description": "Test", "assignment_group": NETWORK, **values}
        answer = self.call("POST", "/api/sn_chg_rest/change", user, json=body)
        assert answer.status_code == 200, answer.text
        sys_id: str = answer.json()["result"]["sys_id"]["value"]
        return sys_id

    def set_change(self, sys_id: str, user: str = "ansible", /, **values: object) -> requests.Response:
        return self.call("PATCH", f"/api/sn_chg_rest/change/{sys_id}", user, json=values)

    def change(self, sys_id: str) -> dict[str, str]:
        return self.dump("change_request", sys_id=sys_id)[0]

    def state(self, sys_id: str) -> str:
        return self.change(sys_id)["state"]

    def approve(self, change: str, **options: object) -> dict[str, Any]:
        return self.control("POST", "approve", {"change": change, **options})

    def scheduled(self, **values: object) -> str:
        """A normal change, approved by everybody."""
        sys_id = self.new_change(**values)
        assert self.set_change(sys_id, state="assess").status_code == 200
        self.approve(sys_id, all=True)
        assert self.state(sys_id) == "-2"
        return sys_id


@contextlib.contextmanager
def running(directory: Path, data: str) -> Iterator[Simulator]:
    """A simulator with a data set of its own, whose YAML is `data`."""
    file = directory / "own.yml"
    file.write_text(data)
    simulator = Simulator(data=str(file))
    with simulator:
        yield simulator


@contextlib.contextmanager
def fresh(simulator: Simulator) -> Iterator[Sim]:
    """A running simulator, put back to its initial data."""
    simulator.instance.reset()
    client = Sim(simulator)
    yield client
    client.close()


def error(answer: requests.Response) -> tuple[int, str, str | None]:
    """Status, message and detail of an error answer, whose envelope is checked."""
    body = answer.json()
    assert set(body) == {"error", "status"}, body
    assert body["status"] == "failure"
    assert set(body["error"]) == {"message", "detail"}
    return answer.status_code, body["error"]["message"], body["error"]["detail"]
