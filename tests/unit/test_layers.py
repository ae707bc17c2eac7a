# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers: imports run downwards only, pure files stay pure, and requests is imported late."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
UTILS = PLUGINS / "module_utils"
PACKAGE = "ansible_collections.changegate.snow.plugins.module_utils"

#: From the bottom up; a file imports only from rows below its own, or from earlier in its own row.
LAYERS: list[list[str]] = [
    ["errors", "checks"],
    ["query"],
    ["encoded"],
    ["cells", "measures"],
    ["values", "options", "credentials"],
    ["choices", "fields", "known", "plan", "identity", "connection", "answers", "retry", "filters", "params", "trail"],
    ["batch_pace", "change_rules", "change_options"],
    ["approvals", "unasked", "durations"],
    ["ahead", "keys", "records", "listing", "splitting", "proof", "queried"],
    ["inventory_source", "change_hosts", "recap"],
    ["change_answers", "change_states", "change_workers", "change_conflicts", "change_catalog", "change_writes"],
    ["watch_rows", "watch_steps", "watch_events", "watch_ledger", "watch_pace"],
    ["change_lists", "walk", "windows", "change_task_wishes", "change_filter", "change_window"],
    ["gate_facts", "gate_policy", "gate_texts", "gate_verdict", "gate_rules", "gate_parts", "gate", "gate_options"],
    ["gate_pace", "gate_result"],
    ["auth", "assertion", "token_store", "oauth", "watch_options"],
    ["broken", "exchange", "certificate"],
    ["transport"],
    ["grants", "connect"],
    ["once", "creation", "content", "outgoing", "partial", "download"],
    ["batch_wire", "batch"],
    ["streamed", "listed", "response", "resource", "client", "oauth_client", "attachment", "lookups", "dictionary"],
    ["labels", "reading", "proven", "aggregates"],
    ["bulk_items", "bulk_table", "bulk_insert", "bulk_match", "bulk_delete", "bulk"],
    ["change_waiting", "change_calls", "change_requests", "change_types", "change_task_calls", "change_catalog_calls"],
    ["change_item_calls", "change_time_calls", "change"],
    ["people", "column_types", "change_origin", "item_names"],
    ["state_labels", "state_wait", "state_ways", "stores", "change_store", "change_checks", "change_opening"],
    ["change_task_store", "change_task_checks", "change_search", "item_reading", "related", "associated", "parts"],
    ["change_reading", "catalog_reading"],
    ["several", "file_mode", "files_option", "attachment_choice", "attached_record", "attachment_selection"],
    ["attachment_refusal", "attachment_removal", "attachment_rename", "attachment_fetch"],
    ["attached_files", "attached_file"],
    ["affected", "services_found", "risk_calculation", "change_files"],
    ["expected", "approving", "conflict_checking", "scheduling"],
    ["gate_labels", "gate_rows", "gate_reading", "gate_keeping", "gate_asking"],
    ["policy", "verify", "converge", "change_note", "change_task_list"],
    ["many_results", "many_plan", "many"],
    ["surroundings"],
    ["aside", "watch_file", "watch_reading", "watch_labels", "watch_look", "watching"],
    [
        "progress",
        "arguments",
        "task",
        "module",
        "attachment_options",
        "attachment_states",
        "attachment_listing",
        "record_listing",
    ],
]
ORDER = [name for layer in LAYERS for name in layer]
#: What is below the first layer that speaks to anybody.
PURE = {name for layer in LAYERS[: next(at for at, row in enumerate(LAYERS) if "auth" in row)] for name in layer}
WITH_ANSIBLE = {"task", "module", "arguments"}
WITH_REQUESTS = {"transport", "broken", "auth"}
FILES = sorted(path.stem for path in UTILS.glob("*.py") if path.stem != "__init__")


def imports(path: Path) -> Iterator[tuple[str, bool, bool]]:
    """(module, whether at the top level, whether for type checkers only) for every import in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            names = [f"{base}.{alias.name}" if base == PACKAGE else base for alias in node.names]
        else:
            continue
        for name in names:
            yield name, node in tree.body, node in typing_only


def test_every_file_has_its_place() -> None:
    assert sorted(ORDER) == FILES


@pytest.mark.parametrize("name", FILES)
def test_imports_run_downwards(name: str) -> None:
    own = [module.removeprefix(f"{PACKAGE}.") for module, _top, typing in imports(UTILS / f"{name}.py") if not typing]
    used = {module.split(".")[0] for module in own} & set(ORDER)
    upwards = {module for module in used if ORDER.index(module) >= ORDER.index(name)}
    # A resource makes its attachments when asked, as pysnow's does, and many records are its business, too.
    assert upwards == ({"attachment", "bulk"} if name == "resource" else set())


@pytest.mark.parametrize("name", FILES)
def test_ansible_and_requests_stay_where_they_belong(name: str) -> None:
    found = list(imports(UTILS / f"{name}.py"))
    foreign = {module.split(".")[0] for module, _top, typing in found if not typing}
    assert "ansible" not in foreign or name in WITH_ANSIBLE
    assert "requests" not in foreign or name in WITH_REQUESTS
    assert not any(module.startswith("requests") and top for module, top, _typing in found)
    allowed = {"ansible", "requests", "ansible_collections", *sys.stdlib_module_names}
    if name == "assertion":
        # It comes with ansible-core, and who signs with a shared key can do without.
        allowed.add("cryptography")
    assert foreign <= allowed, "at run time there is ansible-core and requests, and nothing else"


@pytest.mark.parametrize("path", sorted((UTILS / "pysnow").glob("*.py")), ids=lambda path: path.stem)
def test_the_names_of_pysnow_hold_nothing_of_their_own(path: Path) -> None:
    """They import what is there under another name; nothing imports them."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    own = [node for node in body if not isinstance(node, (ast.Expr, ast.ImportFrom, ast.If))]
    # The folder itself brings each of its names when it is used.
    names = ["__all__", "_FILES", "__getattr__"] if path.stem == "__init__" else ["__all__"]
    assert [node.name if isinstance(node, ast.FunctionDef) else ast.unparse(node.targets[0]) for node in own] == names  # type: ignore[attr-defined]
    known = {f"{PACKAGE}.{name}" for name in (*FILES, "pysnow")}
    for module, _top, _typing in imports(path):
        assert module in known | {"__future__", "importlib", "typing"}
    assert not [name for name in FILES for module, *_ in imports(UTILS / f"{name}.py") if f"{PACKAGE}.pysnow" in module]


@pytest.mark.parametrize("name", sorted(PURE))
def test_pure_files_read_and_write_nothing(name: str) -> None:
    foreign = {module.split(".")[0] for module, _top, typing in imports(UTILS / f"{name}.py") if not typing}
    assert not foreign & {"os", "socket", "subprocess", "pathlib", "requests", "ansible", "io", "time"}


def test_a_module_that_fails_in_its_arguments_never_imports_requests() -> None:
    """Importing every module, as an ordinary host does, loads neither requests nor what needs it."""
    names = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
    code = (
        "import importlib, sys\n"
        f"for name in {names}: importlib.import_module('ansible_collections.changegate.snow.plugins.modules.' + name)\n"
        "print('requests' in sys.modules)\n"
    )
    root = next(path for path in sys.path if (Path(path) / "ansible_collections" / "changegate" / "snow").exists())
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r})\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("path", sorted((PLUGINS / "modules").glob("*.py")), ids=lambda path: path.stem)
def test_no_module_knows_about_check_mode_or_http(path: Path) -> None:
    code = path.read_text(encoding="utf-8").split('RETURN = r"""', 1)[1].split('"""', 1)[1]
    assert "requests" not in {module.split(".")[0] for module, _top, _typing in imports(path)}
    assert "check_mode" not in code
    assert len([line for line in code.splitlines() if line.strip()]) <= 120


@pytest.mark.parametrize("path", sorted(PLUGINS.rglob("*.py")), ids=lambda path: path.stem)
def test_nothing_in_the_plugins_imports_the_simulator_or_the_tests(path: Path) -> None:
    roots = {module.split(".")[0] for module, _top, _typing in imports(path)}
    assert not roots & {"snow_simulator", "tests", "demo", "benchmarks"}
