# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ansible-galaxy collection build` ships: all that a user runs, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

GENERATED = {"FILES.json", "MANIFEST.json"}
FILES = {"CHANGELOG.rst", "LICENSE", "README.md"}
FOLDERS = {"changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles", "tests"}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The paths of the files in the artifact."""
    target = tmp_path_factory.mktemp("artifact")
    # As a module, so that it is the ansible-core of the Python that runs this test.
    galaxy = [sys.executable, "-m", "ansible.cli.galaxy"]
    subprocess.run(
        [*galaxy, "collection", "build", "--output-path", str(target), str(REPOSITORY)],
        check=True,
        capture_output=True,
    )
    (artifact,) = target.glob("changegate-snow-*.tar.gz")
    with tarfile.open(artifact) as archive:
        return {member.name for member in archive if member.isfile()}


def test_nothing_else_is_shipped(shipped: set[str]) -> None:
    top = {path.split("/")[0] for path in shipped}
    assert top <= GENERATED | FILES | FOLDERS


def test_of_the_tests_only_their_settings_are_shipped(shipped: set[str]) -> None:
    assert {path for path in shipped if path.startswith("tests/")} == {"tests/config.yml"}


def test_no_hidden_file_and_no_cache_is_shipped(shipped: set[str]) -> None:
    parts = {part for path in shipped for part in Path(path).parts}
    assert not {part for part in parts if part.startswith(".") or part == "__pycache__"}


def test_every_module_and_its_metadata_are_shipped(shipped: set[str]) -> None:
    modules = {f"plugins/modules/{path.name}" for path in (REPOSITORY / "plugins/modules").glob("*.py")}
    assert modules | {"meta/runtime.yml", "meta/execution-environment.yml"} | FILES <= shipped


def test_every_other_plugin_is_shipped(shipped: set[str]) -> None:
    kinds = ("action", "callback", "doc_fragments", "inventory", "module_utils", "plugin_utils")
    files = {
        path.relative_to(REPOSITORY).as_posix()
        for kind in kinds
        for path in (REPOSITORY / "plugins" / kind).rglob("*.py")
    }
    assert files <= shipped


def test_the_event_source_and_its_rulebook_are_shipped_where_ansible_rulebook_looks(shipped: set[str]) -> None:
    eda = {path for path in shipped if path.startswith("extensions/eda/")}
    assert eda == {"extensions/eda/plugins/event_source/changes.py", "extensions/eda/rulebooks/deploy.yml"}
    assert "docs/eda.md" in shipped


def test_what_goes_into_awx_and_pipelines_is_shipped(shipped: set[str]) -> None:
    folders = ("extensions/awx", "docs/pipelines", "playbooks")
    files = [path for folder in folders for path in (REPOSITORY / folder).rglob("*") if path.is_file()]
    assert {path.relative_to(REPOSITORY).as_posix() for path in files} <= shipped
    assert {"docs/awx.md", "docs/pipelines.md"} <= shipped


def test_the_whole_role_is_shipped(shipped: set[str]) -> None:
    role = {str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "roles").rglob("*") if path.is_file()}
    assert role == {path for path in shipped if path.startswith("roles/")}
