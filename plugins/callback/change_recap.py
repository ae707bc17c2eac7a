# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recap of a playbook as a work note of its change."""

from __future__ import annotations

DOCUMENTATION = r"""
name: change_recap
type: notification
short_description: Write what became of a playbook to its ServiceNow change
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Adds one work note to a change when a playbook ends, with its name, who ran it and where, when it began and ended,
    the counts of each host, and the tasks that failed with their messages.
  - It never changes what becomes of the playbook. If the note cannot be written there is a warning that says why.
    Meanwhile the end of the playbook waits, for O(retry_deadline) seconds if the instance cannot be reached.
  - The note is written exactly once, also where the answer to it is lost. In check mode, and where no task ran, nothing
    is written.
  - Of the result of a failed task only its message and return code are shown, shortened, and nothing of one with
    C(no_log). Credentials of the instance, values from a vault, and values of variables whose names speak of a
    password, a secret, a token, a key or a credential are masked. The note has 4,000 characters at most; of what does
    not fit it says how much there is.
  - Which change it is say the variables C(change_recap_sys_id), C(change_recap_number) or
    C(change_recap_correlation_id) of a play, in this order, otherwise the options O(sys_id), O(number) and
    O(correlation_id). They are looked at when the playbook has ended, so that facts and registered results of its tasks
    count, too. Where nothing names a change, nothing is written. Where variables name more than one, a warning says so.
requirements:
  - to be enabled in C(ansible.cfg), as C(callbacks_enabled = changegate.snow.change_recap) in C([defaults]), or with
    E(ANSIBLE_CALLBACKS_ENABLED)
extends_documentation_fragment:
  - changegate.snow.instance.callback
options:
  sys_id:
    description: The sys_id of the change.
    type: str
    env:
      - name: SN_CHANGE_SYS_ID
    ini:
      - section: callback_change_recap
        key: sys_id
  number:
    description: The number of the change.
    type: str
    env:
      - name: SN_CHANGE_NUMBER
    ini:
      - section: callback_change_recap
        key: number
  correlation_id:
    description: The correlation ID of the change. Of several changes with it the open one is meant.
    type: str
    env:
      - name: SN_CHANGE_CORRELATION_ID
    ini:
      - section: callback_change_recap
        key: correlation_id
  only_on_failure:
    description: Whether to write only about a playbook that failed, on some host, or did not reach one.
    type: bool
    default: false
    env:
      - name: SN_CHANGE_RECAP_ONLY_ON_FAILURE
    ini:
      - section: callback_change_recap
        key: only_on_failure
notes:
  - If several playbooks run one after the other, each has a note of its own.
  - A playbook that is interrupted, or that cannot be read, has no recap, and so no note.
seealso:
  - module: changegate.snow.snow_change
"""

import getpass
import os
import socket
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.plugins.callback import CallbackBase
from ansible.template import Templar

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, SnowError
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity, chosen
from ansible_collections.changegate.snow.plugins.module_utils.options import OPTIONS
from ansible_collections.changegate.snow.plugins.module_utils.recap import (
    Failure,
    Recap,
    job_of,
    line_of,
    message_of,
    secrets_in,
    since,
    speaks_of_secret,
)
from ansible_collections.changegate.snow.plugins.plugin_utils.login import Login
from ansible_collections.changegate.snow.plugins.plugin_utils.plain import plain

_IDENTITIES = ("sys_id", "number", "correlation_id")
_PREFIX = "change_recap_"
#: Failed tasks whose messages are kept: a note has no room for more.
_MOST = 200
#: Variables that hold those of all hosts again.
_OTHERS = frozenset({"hostvars", "vars", "groups"})
_OF_USER = ("awx_user_name", "tower_user_name")


class CallbackModule(CallbackBase):
    """Listens to one playbook after the other."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "changegate.snow.change_recap"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._before: dict[str, dict[str, int]] = {}
        self._begin("")

    def _begin(self, playbook: str) -> None:
        self._playbook = playbook
        self._began = datetime.now(timezone.utc)
        self._failures: list[Failure] = []
        #: What failed items of a loop said, by host and task: not every version of Ansible marks them in the result.
        self._items: dict[tuple[str, str], list[str]] = {}
        self._facts: dict[str, Any] = {}
        #: Where the recap goes, for warnings.
        self._target = "a change"
        #: A play and a host of it, by which its variables are read.
        self._plays: list[tuple[Any, Any]] = []

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self._begin(os.path.basename(str(playbook._file_name)))

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._plays.append((play, None))

    def v2_runner_on_ok(self, result: Any) -> None:
        self._saw(result)
        facts = result._result.get("ansible_facts")
        # Not what some host says of itself.
        if isinstance(facts, Mapping) and str(result._task.action).endswith("set_fact"):
            named = (_PREFIX + name for name in _IDENTITIES)
            self._facts.update({name: facts[name] for name in named if name in facts})

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._failed(result, "ignored" if ignore_errors else "failed")

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._items.setdefault(_key(result), []).append(message_of(result._result))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._failed(result, "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        secrets: set[str] = set()
        counts = {str(host): dict(stats.summarize(host)) for host in stats.processed}
        hosts, self._before = since(self._before, counts), counts
        try:
            with self._login() as login:
                secrets |= login.secrets()
                self._recap(login, hosts)
        except SnowError as error:
            self._warn(str(error), secrets)
        except Exception as error:  # whatever it is: it must not be the playbook's
            self._warn(f"{type(error).__name__}: {error}", secrets)

    def _option(self, name: str) -> Any:
        return self.get_option(name)  # type: ignore[no-untyped-call]

    def _login(self) -> Login:
        options = {option.name: self._option(option.name) for option in OPTIONS}
        return Login({name: value for name, value in options.items() if value is not None})

    def _saw(self, result: Any) -> None:
        if self._plays and self._plays[-1][1] is None:
            self._plays[-1] = (self._plays[-1][0], result._host)

    def _failed(self, result: Any, how: str) -> None:
        self._saw(result)
        host, items = str(result._host.get_name()), self._items.pop(_key(result), [])
        failure = Failure(host, "a task", "its message is not shown", how)
        if len(self._failures) < _MOST:
            name = "a task hidden by no_log" if "censored" in result._result else str(result._task.get_name())
            # What cannot be masked is not shown.
            with suppress(Exception):
                # Now: a later play may not know any more what was secret.
                said = Failure(host, name, message_of(result._result, items), how)
                failure = self._masked(said, result._host)
        self._failures.append(failure)

    def _masked(self, failure: Failure, host: Any) -> Failure:
        secrets = self._secrets(self._plays[-1][0], host) if self._plays else set()
        with self._login() as login:
            parts = [login.masked(part, secrets) for part in failure]
        return Failure(parts[0], parts[1], line_of(parts[2]), failure.how)

    def _secrets(self, play: Any, host: Any) -> set[str]:
        """What of the variables that *host* has in *play* nobody is to see."""
        variables = _variables(play, host)
        own = {name: value for name, value in variables.items() if name not in _OTHERS}
        templar = Templar(loader=play.get_loader(), variables=variables)
        for name, value in own.items():
            if speaks_of_secret(name) and isinstance(value, str) and "{{" in value:
                try:
                    own[name] = templar.template(value)
                except Exception:
                    continue
        return secrets_in(own)

    def _recap(self, login: Login, hosts: Mapping[str, Mapping[str, int]]) -> None:
        if not hosts:
            return
        who = self._change()
        if who is None:
            self._display.v("change_recap: no change is named, so nothing is written.")
            return
        self._target = f"the {who}"
        recap = Recap(
            playbook=self._playbook,
            run=uuid.uuid4().hex[:8],
            who=_user(_variables(*self._plays[0]) if self._plays else {}),
            where=job_of(os.environ),
            began=self._began,
            ended=datetime.now(timezone.utc),
            hosts=hosts,
            failures=self._failures,
        )
        if self._option("only_on_failure") and not recap.failed:
            return
        if context.CLIARGS.get("check"):
            self._say(f"check mode, so nothing is written to {self._target}.")
            return
        from ansible_collections.changegate.snow.plugins.module_utils.change_note import write_note

        number = write_note(login.client, who, login.masked(recap.text()))
        self._say(f"the recap is in the work notes of {number}.")

    def _change(self) -> Identity | None:
        """The change that the plays name, otherwise the options; None if nothing does.

        :raises InvalidUsage: they name more than one, or one that has no value.
        """
        for name in _IDENTITIES:
            values = self._named(_PREFIX + name)
            if len(values) > 1:
                raise InvalidUsage(
                    f"The plays name several changes in {_PREFIX}{name} ({', '.join(values)}); name one."
                )
            if values == [""]:
                raise InvalidUsage(f"{_PREFIX}{name} is empty; give the change that it is about, or do not set it.")
            if values:
                return chosen("change request", {name: values[0]}, _IDENTITIES)
        options = {name: self._option(name) for name in _IDENTITIES if self._option(name)}
        return chosen("change request", options, _IDENTITIES) if options else None

    def _named(self, variable: str) -> list[str]:
        """The values of *variable*: the fact that a task has set, or what it is in the plays by now."""
        if variable in self._facts:
            return [str(self._facts[variable]).strip()]
        values: list[str] = []
        unknown: AnsibleError | None = None
        for play, host in self._plays:
            variables = _variables(play, host)
            if variable not in variables:
                continue
            try:
                value = plain(Templar(loader=play.get_loader(), variables=variables).template(variables[variable]))
                values.append("" if value is None else str(value).strip())
            except AnsibleError as error:
                unknown = error
        if unknown is not None and not values:
            raise InvalidUsage(f"{variable} has no value: {str(unknown).rstrip('.')}.")
        return list(dict.fromkeys(values))

    def _say(self, text: str) -> None:
        # Standard output may be some callback's JSON.
        self._display.display(f"change_recap: {text}", stderr=True)

    def _warn(self, text: str, secrets: set[str]) -> None:
        with self._login() as login:
            shown = login.masked(" ".join(text.split()), secrets)
        self._display.warning(f"change_recap: the recap was not written to {self._target}: {shown}")


def _key(result: Any) -> tuple[str, str]:
    return str(result._host.get_name()), str(result._task._uuid)


def _variables(play: Any, host: Any) -> dict[str, Any]:
    found: dict[str, Any] = play.get_variable_manager().get_vars(play=play, host=host)
    return found


def _user(variables: Mapping[str, Any]) -> str:
    for name in _OF_USER:
        if variables.get(name):
            return str(variables[name])
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):
        return socket.gethostname()
