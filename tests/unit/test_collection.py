# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be said in several places is the same in all of them."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from ansible_collections.changegate.snow.plugins.doc_fragments import instance as instance_fragment
from ansible_collections.changegate.snow.plugins.module_utils import arguments, fields, options, values

REPOSITORY = Path(__file__).resolve().parents[2]
ALL = sorted(path.stem for path in (REPOSITORY / "plugins" / "modules").glob("*.py"))
#: Actions: their modules are documentation only.
ACTIONS = ["snow_change_guard"]
MODULES = [name for name in ALL if name not in ACTIONS]
#: Plugins that users name in their settings, each with a test file of its own.
PLUGINS = sorted(
    (kind, path.stem) for kind in ("inventory", "callback") for path in (REPOSITORY / "plugins" / kind).glob("*.py")
)


def load(name: str, kind: str = "modules") -> ModuleType:
    return importlib.import_module(f"ansible_collections.changegate.snow.plugins.{kind}.{name}")


def test_every_module_has_its_host_its_group_and_its_tests() -> None:
    hosts = sorted(path.stem for path in (REPOSITORY / "plugins" / "action").glob("*.py"))
    runtime = yaml.safe_load((REPOSITORY / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    tests = {path.stem for path in (REPOSITORY / "tests" / "integration").glob("test_*.py")}
    assert hosts == ALL
    assert sorted(runtime["action_groups"]["snow"]) == ALL
    assert {f"test_{name}" for name in ALL} <= tests


def test_what_the_guard_takes_is_documented() -> None:
    """validate-modules compares documentation and argument spec of modules only."""
    pytest.importorskip("ansible.plugins.action")
    action = importlib.import_module("ansible_collections.changegate.snow.plugins.action.snow_change_guard")
    options = yaml.safe_load(load("snow_change_guard").DOCUMENTATION)["options"]
    spec = {name: option for name, option in action.SPEC.argument_spec().items() if name != "instance"}
    assert compared(options) == compared(spec)
    assert compared(options["attachments"]["suboptions"]) == compared(spec["attachments"]["options"])


def compared(options: dict[str, Any]) -> dict[str, Any]:
    """Of each option what its documentation and its spec must agree on."""
    return {name: (option["type"], option.get("elements"), option.get("default")) for name, option in options.items()}


@pytest.mark.parametrize(("kind", "name"), PLUGINS)
def test_every_plugin_has_its_tests_its_name_and_its_documentation(kind: str, name: str) -> None:
    # What belongs to a module is tested with it.
    tests = {path.stem for path in (REPOSITORY / "tests" / "integration").glob("test_*.py")}
    assert {f"test_{name}", f"test_snow_{name}"} & tests
    plugin = load(name, kind)
    documented = yaml.safe_load(plugin.DOCUMENTATION)
    assert documented["name"] == name
    assert documented["version_added"] == yaml.safe_load(load("snow_change").DOCUMENTATION)["version_added"]
    own = plugin.InventoryModule.NAME if kind == "inventory" else plugin.CallbackModule.CALLBACK_NAME
    assert own == f"changegate.snow.{name}"
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {kind} |" in readme


def test_an_inventory_takes_what_is_documented() -> None:
    """Nothing else compares the options of a plugin with the spec that checks them."""
    documented = yaml.safe_load(load("change_cis", "inventory").DOCUMENTATION)["options"]
    spec: arguments.Spec = load("change_cis", "inventory").SPEC
    assert {*documented} - {"plugin"} == {*spec.options} - {"instance"}
    for name, option in spec.options.items():
        if name != "instance":
            told = {key: documented[name].get(key) for key in ("type", "elements", "default", "choices")}
            assert told == {key: option.get(key) for key in ("type", "elements", "default", "choices")}, name


@pytest.mark.parametrize("name", MODULES)
def test_the_host_runs_the_module_of_its_own_name(name: str) -> None:
    pytest.importorskip("ansible.plugins.action")
    action = importlib.import_module(f"ansible_collections.changegate.snow.plugins.action.{name}")
    assert action.ActionModule.module is load(name)


def test_the_connection_is_documented_as_it_is_resolved() -> None:
    """validate-modules compares documentation and argument spec; nothing else compares them with the environment."""
    documented = yaml.safe_load(instance_fragment.ModuleDocFragment.DOCUMENTATION)
    suboptions: dict[str, Any] = documented["options"]["instance"]["suboptions"]
    assert list(suboptions) == [option.name for option in options.OPTIONS]
    for option in options.OPTIONS:
        text = " ".join(suboptions[option.name]["description"])
        assert f"E({option.env})" in text
        if option.default is not None and not isinstance(option.default, bool):
            assert f"{option.default:g} if not set" in text


def test_plugins_take_the_same_connection_as_modules() -> None:
    """Inventories declare the variables of the environment, callbacks the keys in ansible.cfg."""
    fragment = instance_fragment.ModuleDocFragment
    module = yaml.safe_load(fragment.DOCUMENTATION)["options"]["instance"]["suboptions"]
    inventory = yaml.safe_load(fragment.INVENTORY)["options"]["instance"]["suboptions"]
    callback = yaml.safe_load(fragment.CALLBACK)["options"]
    assert list(inventory) == list(callback) == list(module)
    for option in options.OPTIONS:
        assert inventory[option.name]["env"] == [{"name": option.env}]
        # A setting is a text, and no dictionary.
        keys = [{"section": "callback_change_recap", "key": option.name}] if option.type != "dict" else None
        assert callback[option.name].get("ini") == keys
        for told in (inventory[option.name], callback[option.name]):
            assert (told["type"], told.get("choices")) == (option.type, list(option.choices) or None)
    for text in (fragment.INVENTORY, fragment.CALLBACK):
        assert "the task runs" not in text
    assert "O(instance." not in fragment.CALLBACK


def test_every_secret_is_no_log() -> None:
    suboptions = arguments.INSTANCE.options["instance"]["options"]
    secret = {name for name, spec in suboptions.items() if spec["no_log"]}
    assert secret == {"password", "client_secret", "refresh_token", "access_token", "api_key", "jwt_key"}


@pytest.mark.parametrize("table", [fields.CHANGE, fields.CHANGE_TASK])
def test_every_option_of_a_record_fills_a_column_of_a_known_kind(table: tuple[fields.Field, ...]) -> None:
    assert len({field.option for field in table}) == len({field.column for field in table}) == len(table)
    assert {field.kind for field in table} <= {*values.KINDS, "journal"}


@pytest.mark.parametrize(("name", "table"), [("snow_change", fields.CHANGE), ("snow_change_task", fields.CHANGE_TASK)])
def test_every_field_is_an_option(name: str, table: tuple[fields.Field, ...]) -> None:
    spec: arguments.Spec = load(name).SPEC
    assert {field.option for field in table} <= set(spec.options)


@pytest.mark.parametrize("name", MODULES)
def test_every_return_value_that_all_modules_share_is_documented(name: str) -> None:
    returned = yaml.safe_load(load(name).RETURN)
    assert {"diff", "unapplied", "requests", "error"} <= set(returned)


@pytest.mark.parametrize("name", ALL)
def test_examples_use_full_names(name: str) -> None:
    examples = yaml.safe_load(load(name).EXAMPLES)
    keywords = {"name", "register", "when", "loop", "until", "retries", "delay", "vars"}
    modules = {key for task in examples for key in task if key not in keywords}
    assert f"changegate.snow.{name}" in modules
    assert all(module.count(".") >= 2 for module in modules)
