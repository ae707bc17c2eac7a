# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make ``ansible_collections.changegate.snow`` this checkout, for imports and for every Ansible that a test starts.

It works whatever the checkout's folder is called, and with or without pytest-ansible.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import hypothesis
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
COLLECTION = Path("ansible_collections", "changegate", "snow")


def _collections_root() -> Path:
    """The folder that holds ``ansible_collections``: this checkout's own parent, or a link tree."""
    linked = REPOSITORY / ".venv" / "collections"
    for root in (*REPOSITORY.parents[2:3], *map(Path, sys.path), linked):
        if (root / COLLECTION).exists() and (root / COLLECTION).samefile(REPOSITORY):
            return root.absolute()
    link = linked / COLLECTION
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(REPOSITORY, link.parent))
    return linked


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Runs before the same hook of pytest-ansible, which would otherwise make a link tree of its own."""
    root = str(_collections_root())
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = root
    os.environ.setdefault("ANSIBLE_HOME", str(REPOSITORY / ".ansible"))
    # Plays in the tests reach the simulator directly, whatever proxy this shell has.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    os.environ.setdefault("ANSIBLE_CONFIG", str(REPOSITORY / "tests" / "ansible.cfg"))
    # What a shell has in the background ignores Ctrl-C, and so would all that is started here to be stopped by it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # How long an example takes to make says something about the machine only.
    hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
    hypothesis.settings.load_profile("busy")
    if hasattr(config.option, "ansible_unit_inject_only"):
        config.option.ansible_unit_inject_only = True
    if root not in sys.path:
        sys.path.insert(0, root)
