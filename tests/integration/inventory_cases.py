# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many inventory sources, parsed one after the other in one process: starting Ansible for each would take a second.

``python inventory_cases.py`` reads a JSON list of cases on standard input, and writes what became of each. A case has
the ``options`` in its file, and perhaps an ``environ`` of its own, ``extra`` variables, requests to the simulator's
``control`` API before it, and the ``suffix`` of its file.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import requests


def outcome(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    from ansible import constants, context
    from ansible.errors import AnsibleError
    from ansible.inventory.data import InventoryData
    from ansible.module_utils.common.collections import ImmutableDict
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import inventory_loader
    from ansible.utils.vars import load_extra_vars

    path = folder / f"x.{case.get('suffix', 'change_cis.yml')}"
    path.write_text(json.dumps({"plugin": "changegate.snow.change_cis", **case["options"]}), encoding="utf-8")
    os.environ.update(case.get("environ", {}))
    context.CLIARGS = ImmutableDict(extra_vars=tuple(f"{key}={value}" for key, value in case.get("extra", {}).items()))
    if hasattr(load_extra_vars, "extra_vars"):
        del load_extra_vars.extra_vars
    for method, control, body in case.get("control", []):
        requests.request(method, f"{os.environ['SN_HOST']}/_sim/{control}", json=body, timeout=10).raise_for_status()
    plugin = inventory_loader.get("changegate.snow.change_cis")
    if not plugin.verify_file(str(path)):
        return {"error": "not verified"}
    shown: list[str] = []
    plugin.display.warning = shown.append
    inventory = InventoryData()
    vars(constants)["INVENTORY_ANY_UNPARSED_IS_FAILED"] = False
    try:
        plugin.parse(inventory, DataLoader(), str(path), cache=case.get("cache", True))
        error = None
    except AnsibleError as caught:
        error = f"{type(caught).__name__}: {caught}"
    return {
        "error": error,
        "fatal": vars(constants)["INVENTORY_ANY_UNPARSED_IS_FAILED"],
        "hosts": {str(name): host.vars for name, host in inventory.hosts.items()},
        "groups": {str(name): sorted(host.name for host in group.hosts) for name, group in inventory.groups.items()},
        "all": inventory.groups["all"].vars,
        "warnings": shown,
    }


def main() -> None:
    warnings.simplefilter("ignore")
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader()
    before = dict(os.environ)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for case in json.load(sys.stdin):
            results.append(outcome(case, Path(folder)))
            os.environ.clear()
            os.environ.update(before)
    json.dump(results, sys.stdout, default=str)


if __name__ == "__main__":
    main()
