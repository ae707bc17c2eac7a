# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance of the demo: a simulator of its own, or the one that the environment names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

_READY = "snow-simulator ready at "


@dataclass(frozen=True)
class Instance:
    """How to reach an instance, and whether it is our simulator."""

    host: str
    username: str
    password: str
    simulated: bool

    def environment(self) -> dict[str, str]:
        """The environment of a playbook that runs against it."""
        login = {"SN_HOST": self.host, "SN_USERNAME": self.username, "SN_PASSWORD": self.password}
        if not self.simulated:
            given = {name: value for name, value in login.items() if value}
            # A token or key in the shell would beat the password that was given for this instance.
            foreign = {"SN_ACCESS_TOKEN", "SN_API_KEY"} if "SN_PASSWORD" in given else set()
            return {**{name: value for name, value in os.environ.items() if name not in foreign}, **given}
        # Nothing that the shell holds for another instance.
        return {**{name: value for name, value in os.environ.items() if not name.startswith("SN_")}, **login}

    def writes(self) -> list[str]:
        """What a simulator's request log shows of writes."""
        log = requests.get(f"{self.host}/_sim/log", timeout=10).json()["requests"]
        return [f"{entry['method']} {entry['path']}" for entry in log if entry["write"]]


@contextmanager
def simulated() -> Iterator[Instance]:
    """A simulator with the demo data, in a process of its own, on a free loopback port."""
    # Whatever proxy this shell has, it is not on the way to the simulator.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    command = [sys.executable, "-m", "snow_simulator", "--port", "0", "--data", "demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith(_READY):
                raise SystemExit(f"The simulator did not start: {line.strip() or 'it said nothing'}")
            print(line.strip(), flush=True)
            yield Instance(line.removeprefix(_READY).strip(), "ansible", password_of("ansible"), simulated=True)
        finally:
            process.terminate()


def password_of(user: str) -> str:
    """The password of a demo user of the simulator."""
    return f"{user}-password"
