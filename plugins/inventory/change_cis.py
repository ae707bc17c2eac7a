# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The affected items of a change as an inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: change_cis
short_description: The affected items of a ServiceNow change as hosts
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - The hosts of a deployment are the affected configuration items of its change, and no others. What is not in the
    change cannot be deployed to.
  - The source is a YAML file whose name ends in C(change_cis.yml) or C(change_cis.yaml).
  - All hosts are in the group O(group). They have the O(columns) of their items as variables, and the group C(all) has
    the variable C(change) with C(number), C(sys_id), C(correlation_id), C(type), C(state), C(state_label), C(approval),
    C(short_description), C(start_date), C(end_date) (in UTC) and C(assignment_group), as far as the user may read them.
  - If there is any doubt, the inventory fails and Ansible ends with an error, also where C(any_unparsed_is_failed) is
    off, because Ansible would otherwise go on without these hosts and exit with 0. So it does where there is no such
    change, or more than one; where it is closed or canceled; where it has no affected items, or some that the user
    may not read; where an item has no name, or two have the same.
  - The texts of a CMDB are data, and are never evaluated as templates.
extends_documentation_fragment:
  - changegate.snow.instance.inventory
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [changegate.snow.change_cis]
  sys_id:
    description:
      - The sys_id of the change.
      - Exactly one of O(sys_id), O(number), O(correlation_id) and O(query) says which change it is. If one of them is
        in the file, variables and the environment are not asked.
      - Like O(instance), O(query), O(classes), O(filters) and O(columns) it may hold templates, with extra variables
        and lookups, and values from a vault.
    type: str
    env:
      - name: SN_CHANGE_SYS_ID
    vars:
      - name: snow_change_sys_id
  number:
    description: The number of the change. Variables are extra variables, as in C(-e snow_change_number=CHG0030020).
    type: str
    env:
      - name: SN_CHANGE_NUMBER
    vars:
      - name: snow_change_number
  correlation_id:
    description: The correlation ID of the change. Of several changes with it the open one is meant.
    type: str
    env:
      - name: SN_CHANGE_CORRELATION_ID
    vars:
      - name: snow_change_correlation_id
  query:
    description:
      - What finds exactly one change, as conditions or an encoded query, like
        O(changegate.snow.snow_change_info#module:query).
    type: raw
  closed:
    description:
      - Whether the change may be closed or canceled, to look at what it was about. Leave it off where anything is
        deployed.
    type: bool
    default: false
  classes:
    description:
      - Only items of these classes of the CMDB, by the names of their tables, and of classes that extend them.
        V(cmdb_ci_computer) leaves out services and databases, for example.
    type: list
    elements: str
    default: []
  filters:
    description:
      - Only items on which these conditions hold, as in O(query), on columns that every item has, and on columns of
        what these refer to. Choices are given by their stored values.
    type: raw
  columns:
    description:
      - Columns of the items that become variables, also of other records, such as V(support_group.manager.name).
      - C(sys_id), C(name) and C(sys_class_name) always do.
      - Columns that only some classes have, such as V(os), cost one request for each class of items.
      - A column that an item does not have, or that the user may not read, becomes no variable of that host. One that
        no item shows is warned of.
    type: list
    elements: str
    default: [fqdn, ip_address, operational_status]
  display_value:
    description:
      - What the variables hold, V(values) as they are stored, V(display) as a person reads them, or V(both), as a
        dictionary with C(value) and C(display_value). Times that are displayed are in the time zone of the user.
    type: str
    choices: [values, display, both]
    default: display
  vars_prefix:
    description:
      - What the names of these variables begin with. Dots in the names of columns become underscores, so that
        C(support_group.name) is C(ci_support_group_name).
    type: str
    default: ci_
  inventory_hostname:
    description:
      - Columns of which the first that is not empty is the host's name.
      - It is made of letters, digits and C( _.:@()+-), and does not begin with a hyphen.
    type: list
    elements: str
    default: [fqdn, name, ip_address]
  group:
    description: The group that holds all hosts.
    type: str
    default: change_cis
notes:
  - It costs one request for the change, one for 1,000 of its items, and one for each class of which O(columns) or
    O(inventory_hostname) name something that not every item has. With O(query), one more for labels of choices.
  - The cache holds what was read of the change and its items, for each change, instance and user name apart, and no
    secrets. With a cache, a change that was closed or got other items since is noticed only when the cache has expired,
    or with C(--flush-cache).
  - An item that is retired by its C(install_status) or C(operational_status) stays a host, because the change was
    approved with it. It is warned of; O(filters) leave it out.
seealso:
  - module: changegate.snow.snow_change
  - module: changegate.snow.snow_change_info
"""

EXAMPLES = r"""
# production.change_cis.yml: the change in SN_CHANGE_NUMBER, with the login in SN_HOST, SN_USERNAME and SN_PASSWORD
plugin: changegate.snow.change_cis

---
# Servers only, by groups of what they are, with the addresses that the CMDB knows
plugin: changegate.snow.change_cis
correlation_id: "{{ release }}"
classes: [cmdb_ci_server]
filters:
  operational_status: 1
columns: [os, ip_address, environment, support_group.name]
inventory_hostname: [name]
compose:
  ansible_host: ci_ip_address
groups:
  windows: "'Windows' in ci_os"
keyed_groups:
  - key: ci_environment
    prefix: env
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: /tmp/change_cis
cache_timeout: 600

---
# The change that is being implemented for the shop
plugin: changegate.snow.change_cis
instance:
  host: dev1234
  username: ansible
  password: "{{ lookup('ansible.builtin.env', 'SHOP_PASSWORD') }}"
query:
  state: implement
  short_description: {starts_with: Deploy shop}
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any, cast

from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.changegate.snow.plugins.module_utils import inventory_source
from ansible_collections.changegate.snow.plugins.module_utils.arguments import INSTANCE, Spec
from ansible_collections.changegate.snow.plugins.module_utils.change_hosts import (
    Deployment,
    Host,
    hosts_of,
    retired,
    unseen,
)
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, SnowError
from ansible_collections.changegate.snow.plugins.module_utils.inventory_source import Source
from ansible_collections.changegate.snow.plugins.plugin_utils.login import Login
from ansible_collections.changegate.snow.plugins.plugin_utils.plain import plain

unsafe: Callable[[Any], Any]
try:
    from ansible.template import trust_as_template as _trust  # noqa: F401 - where it is, nothing else is evaluated

    def unsafe(value: Any) -> Any:
        return value

except ImportError:
    from ansible.utils.unsafe_proxy import wrap_var as unsafe

SPEC = INSTANCE.merge(
    Spec(
        {
            "sys_id": {"type": "str"},
            "number": {"type": "str"},
            "correlation_id": {"type": "str"},
            "query": {"type": "raw"},
            "closed": {"type": "bool", "default": False},
            "classes": {"type": "list", "elements": "str", "default": []},
            "filters": {"type": "raw"},
            "columns": {"type": "list", "elements": "str", "default": ["fqdn", "ip_address", "operational_status"]},
            "display_value": {"type": "str", "choices": ["values", "display", "both"], "default": "display"},
            "vars_prefix": {"type": "str", "default": "ci_"},
            "inventory_hostname": {"type": "list", "elements": "str", "default": ["fqdn", "name", "ip_address"]},
            "group": {"type": "str", "default": "change_cis"},
        }
    )
)


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Puts the affected items of a change into the inventory, or fails."""

    NAME = "changegate.snow.change_cis"

    def verify_file(self, path: str) -> bool:
        readable: bool = super().verify_file(path)  # type: ignore[no-untyped-call]
        return readable and path.endswith(("change_cis.yml", "change_cis.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        try:
            self._parse(self._read_config_data(path), path, cache)  # type: ignore[no-untyped-call]
        except Exception:
            # Ansible would go on without these hosts otherwise, and call it a success.
            vars(constants)["INVENTORY_ANY_UNPARSED_IS_FAILED"] = True
            raise

    def _parse(self, config: dict[str, Any], path: str, cache: bool) -> None:
        try:
            given = self._given(config)
        except AnsibleError as error:
            cause = " ".join(Login(None).masked(str(error)).split()).rstrip(".")
            raise AnsibleParserError(f"{path} cannot be used: {cause}.") from None
        instance = given.get("instance")
        with Login(instance if isinstance(instance, dict) else None) as login:
            try:
                source = inventory_source.source_of(self._params(given), list(given))
                deployment = self._deployment(login, source, path, cache)
                hosts = hosts_of(deployment.items, source)
            except SnowError as error:
                raise AnsibleParserError(login.masked(str(error))) from None
        self._warn(source, deployment)
        self._add(hosts, deployment, source)

    def _option(self, name: str) -> Any:
        return self.get_option(name)  # type: ignore[no-untyped-call]

    def _given(self, config: dict[str, Any]) -> dict[str, Any]:
        """Those of our options that stand in the file, with their templates filled in."""
        unknown = [str(name) for name in config if name not in self.option_definitions]
        if unknown:
            raise AnsibleParserError(
                f"There is no option {', '.join(unknown)}; see ansible-doc -t inventory changegate.snow.change_cis."
            )
        self.templar.available_variables = self._vars or {}
        return {name: plain(self.templar.template(config[name])) for name in SPEC.options if name in config}

    def _params(self, given: dict[str, Any]) -> dict[str, Any]:
        outside = {name: self._option(name) for name in inventory_source.IDENTITIES if name not in given}
        written = {name: value for name, value in given.items() if value is not None}
        found = ArgumentSpecValidator(SPEC.argument_spec()).validate({**outside, **written})
        if found.error_messages:
            raise InvalidUsage(f"{found.error_messages[0].rstrip('.')}.")
        params: dict[str, Any] = found.validated_parameters
        return {**params, **{name: None for name, value in given.items() if value is None}}

    def _deployment(self, login: Login, source: Source, path: str, cache: bool) -> Deployment:
        """What there is to deploy to, from the cache if it may be used and has it."""
        connection = login.connection
        if not self._option("cache"):
            return self._read(login, source)
        who = [connection.base_url, connection.scheme, connection.username, connection.client_id]
        digest = hashlib.sha256(json.dumps([who, source.key()]).encode()).hexdigest()[:16]
        key = f"{self.get_cache_key(path)}_{digest}"
        kept = Deployment.unpacked(self._cache[key]) if cache and key in self._cache else None
        if kept is not None:
            return kept
        deployment = self._read(login, source)
        self._cache[key] = deployment.packed()
        return deployment

    def _read(self, login: Login, source: Source) -> Deployment:
        from ansible_collections.changegate.snow.plugins.module_utils import item_reading

        return item_reading.read(login.client, source.which, source.conditions, source.asked, source.closed)

    def _warn(self, source: Source, deployment: Deployment) -> None:
        number = deployment.change.get("number", "The change")
        missing = unseen(deployment.items, source.columns)
        if missing:
            self.display.warning(
                f"No affected item of {number} shows {', '.join(missing)}; check the names, and whether the user may "
                "read these columns."
            )
        gone = retired(deployment.items)
        if gone:
            self.display.warning(f"{number} affects items that are retired: {', '.join(gone)}.")

    def _add(self, hosts: list[Host], deployment: Deployment, source: Source) -> None:
        # Ansible annotates what these are only in part.
        inventory, me = cast(Any, self.inventory), cast(Any, self)
        inventory.set_variable("all", "change", unsafe(deployment.change))
        inventory.add_group(source.group)
        strict = self._option("strict")
        for host in hosts:
            inventory.add_host(host.name, group=source.group)
            for name, value in host.variables.items():
                inventory.set_variable(host.name, name, unsafe(value))
            for add, option in (
                (me._set_composite_vars, "compose"),
                (me._add_host_to_composed_groups, "groups"),
                (me._add_host_to_keyed_groups, "keyed_groups"),
            ):
                known = {"change": unsafe(deployment.change), **inventory.get_host(host.name).get_vars()}
                add(self._option(option), known, host.name, strict)
