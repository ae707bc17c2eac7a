# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what importing the library costs beyond the start of Python, beside requests alone.

Each figure is the least of many starts: everything else that a machine does only ever adds time.
"""

from __future__ import annotations

import subprocess
import sys
import time

PACKAGE = "ansible_collections.changegate.snow.plugins.module_utils"
IMPORTS = {
    "the client": f"from {PACKAGE}.client import Client",
    "pysnow's names": f"from {PACKAGE} import pysnow",
    "every operation on changes": f"from {PACKAGE}.change import ChangeApi",
    "requests": "import requests",
}
#: What a script or a task imports before it knows whether there is anything to do.
LIMITED = ("the client", "pysnow's names", "every operation on changes")
ROUNDS = 40
LIMIT_MS = 40.0


def milliseconds(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    everything = {"": "pass", **IMPORTS}
    best = dict.fromkeys(everything, float("inf"))
    for _round in range(ROUNDS):
        # In turns, so that a slow moment of the machine hits all of them.
        for name, code in everything.items():
            best[name] = min(best[name], milliseconds(code))
    print(f"{'start of Python':32}{best['']:7.1f} ms")
    for name in IMPORTS:
        print(f"{name:32}{best[name] - best['']:+7.1f} ms")
    dear = [name for name in LIMITED if best[name] - best[""] > LIMIT_MS]
    sys.exit(f"More than {LIMIT_MS:g} ms: {', '.join(dear)}." if dear else None)


if __name__ == "__main__":
    main()
