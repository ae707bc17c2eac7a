# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens on disk: one request for many processes, files of the user alone, and nothing left by who is stopped."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.integration.helpers import USER, Instance, password_of, snow, unfailing

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.client import Client, connect
from ansible_collections.changegate.snow.plugins.module_utils.connection import resolve
from ansible_collections.changegate.snow.plugins.module_utils.oauth import PasswordGrant
from ansible_collections.changegate.snow.plugins.module_utils.token_store import TokenStore, default_folder, entry_name
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

CLIENT = {"client_id": "changegate", "client_secret": "changegate-secret"}
TOKEN_REQUEST = "/oauth_token.do"

#: One start of Python, and then so many processes at the same time; each reads a record.
MANY = """
import json, os, sys, time
sys.path[:0] = json.loads(os.environ["PATHS"])
from ansible_collections.changegate.snow.plugins.module_utils.client import connect
from ansible_collections.changegate.snow.plugins.module_utils.connection import resolve
import requests
options, count = json.loads(sys.argv[1]), int(sys.argv[2])
start, children = time.time() + 0.2, []
for _ in range(count):
    child = os.fork()
    if not child:
        time.sleep(max(0, start - time.time()))
        with connect(resolve(options, {})) as client:
            client.table("incident").get(limit=1).one()
        os._exit(0)
    children.append(child)
sys.exit(sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in children))
"""


@pytest.fixture
def options(instance: Instance) -> dict[str, Any]:
    return {"host": instance.url, "username": USER, "password": password_of(USER), **CLIENT}


@pytest.fixture
def folder() -> Path:
    return Path(default_folder(os.environ))


def start(options: dict[str, Any], count: int) -> subprocess.Popen[bytes]:
    """A process that has *count* others read a record each, and exits with the number of those that failed."""
    environ = {**os.environ, "PATHS": json.dumps(sys.path)}
    return subprocess.Popen([sys.executable, "-c", MANY, json.dumps(options), str(count)], env=environ)


def read(options: dict[str, Any]) -> None:
    with connect(resolve(options, {})) as client:
        client.table("incident").get(limit=1).one()


def tokens_asked(instance: Instance) -> int:
    return sum(request.path == TOKEN_REQUEST for request in instance.requests())


def kept(folder: Path) -> Path:
    """The one file with a token."""
    (found,) = folder.glob("*.json")
    return found


def expire(folder: Path) -> dict[str, Any]:
    """Make the token that is kept one of the past; what it was."""
    token: dict[str, Any] = json.loads(kept(folder).read_text())
    kept(folder).write_text(json.dumps({**token, "expires_at": time.time() - 1}))
    return token


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """While somebody else has the lock."""
    (lock,) = folder.glob("*.lock")
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_held(folder: Path) -> bool:
    for lock in folder.glob("*.lock"):
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


# One request for many ------------------------------------------------------------------------------------


def test_a_playbook_needs_one_token(instance: Instance) -> None:
    """Two tasks in the controller and two as ordinary modules: one request for a token in all."""
    task = snow("snow_change_info", number="CHG0030020", instance=CLIENT)
    counts = []
    for in_process in (True, False):
        results = unfailing(instance.play(task, task, in_process=in_process).ours)
        counts += [result["requests"] for result in results]
    assert counts == [2, 1, 1, 1]
    assert tokens_asked(instance) == 1


def test_hosts_side_by_side_need_one_token(instance: Instance, in_process: bool) -> None:
    """Ten hosts at once, while the instance takes its time to give a token."""
    instance.fault({"delay_ms": 500}, path=TOKEN_REQUEST)
    task = snow("snow_change_info", number="CHG0030020", instance=CLIENT)
    # Ten ordinary modules at once are much for a small machine.
    count = 10 if in_process else 4
    hosts = ",".join(f"host{number}" for number in range(count))
    play = {"hosts": "all", "connection": "local"}
    played = instance.play(task, in_process=in_process, play=play, arguments=["-i", f"{hosts},", "-f", "10"])
    assert len(unfailing(played.ours)) == count
    assert tokens_asked(instance) == 1


@pytest.mark.parametrize("state", ["none", "expired", "refused", "corrupt"])
def test_processes_side_by_side_need_one_token(
    instance: Instance, options: dict[str, Any], folder: Path, state: str
) -> None:
    """Sixteen processes without a token, with one that has expired, one that is refused before its time, and none."""
    if state != "none":
        read(options)
    if state == "expired":
        expire(folder)
    elif state == "refused":
        instance.control("PUT", "clock", {"advance_seconds": 1801})
    elif state == "corrupt":
        kept(folder).write_bytes(b'{"access_token": "x\xff')
    instance.clear_log()
    instance.fault({"delay_ms": 200}, path=TOKEN_REQUEST)
    assert start(options, 16).wait(timeout=60) == 0
    assert tokens_asked(instance) == 1
    assert not list(folder.glob("*.new"))


def test_threads_side_by_side_need_one_token(instance: Instance, options: dict[str, Any]) -> None:
    """Also with a client for each of them."""
    instance.fault({"delay_ms": 200}, path=TOKEN_REQUEST)
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(read, [options] * 10))
    assert tokens_asked(instance) == 1


def test_each_login_has_its_own_token(instance: Instance, options: dict[str, Any], folder: Path) -> None:
    """Another user, another grant, and a wrong password, which the token of the right one must not let in."""
    others = [
        {"username": "beth.anglin", "password": password_of("beth.anglin")},
        {"grant_type": "client_credentials"},
    ]
    for other in ({}, *others):
        read({**options, **other})
    assert tokens_asked(instance) == 3
    with pytest.raises(errors.TokenCreateError):
        read({**options, "password": "wrong"})
    with pytest.raises(errors.TokenCreateError):
        read({**options, "client_secret": "wrong"})
    assert len(list(folder.glob("*.json"))) == 3
    names = "".join(path.name for path in folder.iterdir())
    assert not any(word in names for word in (USER, "changegate", "password", "127.0.0.1"))


def test_names_tell_nothing_and_differ() -> None:
    public, secrets = ["https://a", "password", "client"], ["secret", "password"]
    names = {
        entry_name(public, secrets),
        entry_name([*public, "user"], secrets),
        entry_name(public, ["secretpassword"]),
        entry_name(public, [*reversed(secrets)]),
        entry_name(["https://b", *public[1:]], secrets),
    }
    assert len(names) == 5
    assert entry_name(public, secrets) in names


# Renewal -------------------------------------------------------------------------------------------------


def test_renewed_with_the_refresh_token(instance: Instance, options: dict[str, Any], folder: Path) -> None:
    """The password is not needed for it: it has been changed meanwhile."""
    read(options)
    expire(folder)
    user = instance.rows("sys_user", user_name=USER)[0]["sys_id"]
    instance.control("POST", "seed", {"table": "sys_user", "records": [{"sys_id": user, "user_password": "other"}]})
    read(options)
    assert tokens_asked(instance) == 2


def test_renewed_by_the_grant_if_the_refresh_token_is_refused(
    instance: Instance, options: dict[str, Any], folder: Path
) -> None:
    read(options)
    expired = expire(folder)
    kept(folder).write_text(json.dumps({**expired, "expires_at": 1, "refresh_token": "revoked"}))
    read(options)
    asked = [request.status for request in instance.requests() if request.path == TOKEN_REQUEST]
    assert asked == [200, 401, 200]
    assert json.loads(kept(folder).read_text())["refresh_token"] != "revoked"


def test_renewed_before_its_end(instance: Instance, options: dict[str, Any], folder: Path) -> None:
    """With half a minute left; but what an instance gives for a short rest is used for that."""
    read(options)
    token = json.loads(kept(folder).read_text())
    assert 1790 < token["expires_at"] - time.time() <= 1800
    for left, asked in ((60, 1), (20, 2)):
        kept(folder).write_text(json.dumps({**token, "expires_at": time.time() + left}))
        read(options)
        assert tokens_asked(instance) == asked
    instance.control("PUT", "clock", {"advance_seconds": 1780})
    expire(folder)
    read(options)
    read(options)
    assert tokens_asked(instance) == 3
    assert json.loads(kept(folder).read_text())["expires_in"] < 20


def test_a_clock_that_was_set_back(instance: Instance, options: dict[str, Any], folder: Path) -> None:
    """A token that would live longer than any is one of another time."""
    read(options)
    token = json.loads(kept(folder).read_text())
    kept(folder).write_text(json.dumps({**token, "expires_at": time.time() + 86400}))
    read(options)
    assert tokens_asked(instance) == 2


def test_a_token_that_is_refused_is_not_kept(instance: Instance, options: dict[str, Any], folder: Path) -> None:
    """One new token and one more try; what is refused then as well is in no file."""
    read(options)
    instance.clear_log()
    instance.fault({"status": 401}, path="/api/")
    with pytest.raises(errors.AuthenticationFailed):
        read(options)
    assert [request.path for request in instance.requests()] == [
        "/api/now/table/incident", TOKEN_REQUEST, "/api/now/table/incident"
    ]  # fmt: skip
    assert not list(folder.glob("*.json"))


# Files of the user alone ---------------------------------------------------------------------------------


def test_only_the_user_can_read_it(options: dict[str, Any], folder: Path) -> None:
    old = os.umask(0)
    try:
        read(options)
    finally:
        os.umask(old)
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o600"}
    token = json.loads(kept(folder).read_text())
    assert token.keys() == {"access_token", "refresh_token", "scope", "token_type", "expires_in", "expires_at"}
    assert options["password"] not in kept(folder).read_text()


def open_to_others(path: Path) -> None:
    path.chmod(0o644)


def link(path: Path) -> None:
    target = path.with_name("elsewhere")
    path.rename(target)
    path.symlink_to(target)


@pytest.mark.parametrize("harm", [open_to_others, link, lambda path: path.write_text("[]"), lambda path: path.unlink()])
def test_a_file_that_is_not_trusted_is_replaced(
    instance: Instance, options: dict[str, Any], folder: Path, harm: Callable[[Path], Any]
) -> None:
    read(options)
    path = kept(folder)
    harm(path)
    read(options)
    assert tokens_asked(instance) == 2
    assert not path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    read(options)
    assert tokens_asked(instance) == 2


def wide(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o755)


def linked(folder: Path) -> None:
    (folder.parent / "own").mkdir(parents=True, mode=0o700)
    folder.symlink_to(folder.parent / "own")


def a_file(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("")


@pytest.mark.parametrize("make", [wide, linked, a_file])
def test_a_folder_that_is_not_trusted(
    instance: Instance, options: dict[str, Any], folder: Path, make: Callable[[Path], None]
) -> None:
    """The default one is not used, and every task gets its own token; one that was asked for is refused."""
    make(folder)
    read(options)
    read(options)
    assert tokens_asked(instance) == 2
    assert not list(folder.parent.rglob("*.json"))
    with pytest.raises(errors.InvalidUsage, match=rf"{folder.name}, (is|belongs)"):
        TokenStore(folder)
    with pytest.raises(errors.InvalidUsage, match="folder for tokens"):
        read({**options, "token_cache": str(folder)})
    assert tokens_asked(instance) == 2


def test_files_of_somebody_else(
    instance: Instance, options: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(options)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    read(options)
    assert tokens_asked(instance) == 2
    with pytest.raises(errors.InvalidUsage, match="belongs to somebody else"):
        TokenStore(folder)


def test_a_folder_that_cannot_be_made(instance: Instance, options: dict[str, Any], tmp_path: Path) -> None:
    """No token is kept, and that is all."""
    (tmp_path / "file").write_text("")
    for _ in range(2):
        read({**options, "token_cache": str(tmp_path / "file" / "tokens")})
    assert tokens_asked(instance) == 2


def test_switched_off_or_elsewhere(instance: Instance, options: dict[str, Any], folder: Path, tmp_path: Path) -> None:
    for _ in range(2):
        read({**options, "token_cache": False})
    assert tokens_asked(instance) == 2
    assert not folder.exists()
    for _ in range(2):
        read({**options, "token_cache": str(tmp_path / "a" / "b")})
    assert tokens_asked(instance) == 3
    assert kept(tmp_path / "a" / "b")
    with pytest.raises(errors.InvalidUsage, match="absolute"):
        TokenStore("tokens")


def test_what_nobody_needs_any_more_is_removed(options: dict[str, Any], folder: Path) -> None:
    read(options)
    old, foreign = folder / "0123.json", folder / "notes.txt"
    for path in (old, foreign):
        path.write_text("{}")
        os.utime(path, (1, 1))
    read({**options, "username": "beth.anglin", "password": password_of("beth.anglin")})
    assert not old.exists()
    assert foreign.exists()


# Locks ---------------------------------------------------------------------------------------------------


def test_a_lock_that_is_never_released(instance: Instance, options: dict[str, Any], folder: Path) -> None:
    """Who has waited long enough gets a token of its own, and leaves the file to who holds the lock."""
    read(options)
    expire(folder)
    before = kept(folder).read_text()
    grant = PasswordGrant(**CLIENT, username=USER, password=password_of(USER), store=TokenStore(folder, patience=0.1))
    with held(folder):
        Client(transport=Transport(instance.url, grant)).table("incident").get(limit=1).one()
    assert tokens_asked(instance) == 2
    assert kept(folder).read_text() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_while_a_token_is_on_its_way(
    instance: Instance, options: dict[str, Any], folder: Path, number: signal.Signals
) -> None:
    """No lock and no part of a file stay behind, and the next one need not wait."""
    instance.fault({"delay_ms": 3000}, path=TOKEN_REQUEST)
    process = start(options, 1)
    deadline = time.monotonic() + 20
    while not is_held(folder):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # Long enough for the request to be sent, which follows at once.
    time.sleep(0.2)
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(child), number)
    assert process.wait(timeout=10) == 1
    assert not is_held(folder)
    assert [path.suffix for path in folder.iterdir()] == [".lock"]
    instance.control("DELETE", "faults")
    began = time.monotonic()
    read(options)
    assert time.monotonic() - began < 2
    assert kept(folder)
