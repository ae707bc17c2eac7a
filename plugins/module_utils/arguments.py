# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specs of the modules, merged from the same parts as their documentation fragments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.fields import Field
from ansible_collections.changegate.snow.plugins.module_utils.options import OPTIONS

Options = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Spec:
    """Everything that validates a module's parameters, on either host."""

    options: Options
    mutually_exclusive: Sequence[Sequence[str]] = ()
    required_one_of: Sequence[Sequence[str]] = ()
    required_if: Sequence[Sequence[Any]] = ()
    required_by: Mapping[str, Any] = field(default_factory=dict)
    required_together: Sequence[Sequence[str]] = ()

    def merge(self, other: Spec) -> Spec:
        """Both specs as one; an option of *other* overrules one of the same name."""
        return replace(
            self,
            options={**self.options, **other.options},
            mutually_exclusive=[*self.mutually_exclusive, *other.mutually_exclusive],
            required_one_of=[*self.required_one_of, *other.required_one_of],
            required_if=[*self.required_if, *other.required_if],
            required_by={**self.required_by, **other.required_by},
            required_together=[*self.required_together, *other.required_together],
        )

    def constraints(self) -> dict[str, Any]:
        """The arguments that AnsibleModule and ArgumentSpecValidator take besides the options."""
        return {
            "mutually_exclusive": [list(names) for names in self.mutually_exclusive],
            "required_one_of": [list(names) for names in self.required_one_of],
            "required_if": [tuple(rule) for rule in self.required_if],
            "required_by": dict(self.required_by),
            "required_together": [list(names) for names in self.required_together],
        }

    def argument_spec(self) -> dict[str, dict[str, Any]]:
        return {name: dict(option) for name, option in self.options.items()}

    def canonical(self, names: Iterable[str]) -> frozenset[str]:
        """The options that *names* stand for, aliases resolved."""
        aliases = {alias: name for name, option in self.options.items() for alias in option.get("aliases", ())}
        return frozenset(aliases.get(name, name) for name in names)


def _instance_option(name: str) -> dict[str, Any]:
    option = next(item for item in OPTIONS if item.name == name)
    spec: dict[str, Any] = {"type": option.type}
    if option.choices:
        spec["choices"] = list(option.choices)
    # Said for every option, because Ansible guesses from names and would warn about some.
    spec["no_log"] = option.secret
    return spec


#: Defaults are applied when the connection is resolved, not here: only so can an environment variable overrule one.
INSTANCE = Spec({"instance": {"type": "dict", "options": {item.name: _instance_option(item.name) for item in OPTIONS}}})

UNAPPLIED = Spec({"unapplied": {"type": "str", "choices": ["fail", "warn"], "default": "fail"}})

#: The connection, and what every module that writes takes.
WRITER = INSTANCE.merge(UNAPPLIED)


#: What a record with a process behind it takes besides the options of its fields.
PROCESS = Spec(
    {
        "state": {"type": "str"},
        "state_match": {"type": "str", "choices": ["exact", "at_least"], "default": "exact"},
        "fields": {"type": "dict"},
    }
)

#: What names a record and its attachments.
ATTACHED = Spec(
    {
        "table": {"type": "str", "default": "change_request"},
        "sys_id": {"type": "str"},
        "number": {"type": "str"},
        "correlation_id": {"type": "str"},
        "match": {"type": "dict"},
        "query": {"type": "raw"},
        "attachment_sys_id": {"type": "str"},
        "name": {"type": "str"},
        "pattern": {"type": "str"},
    }
)

#: What reads a list of the Change Management API.
LISTED = Spec(
    {
        "query": {"type": "raw"},
        "text_search": {"type": "str"},
        "order_by": {"type": "list", "elements": "str"},
        "limit": {"type": "int", "default": 100},
        "offset": {"type": "int", "default": 0},
    }
)


def identity(*names: str) -> Spec:
    """Options that name a record; which of them wins is the order in ``identity.chosen``."""
    return Spec({name: {"type": "str"} for name in names})


def of_fields(fields: Iterable[Field]) -> Spec:
    """An option for each of *fields*."""
    return Spec({field.option: _of_field(field) for field in fields})


def _of_field(field: Field) -> dict[str, str]:
    elements = {"elements": "str"} if field.option_type == "list" else {}
    return {"type": field.option_type, **elements}
