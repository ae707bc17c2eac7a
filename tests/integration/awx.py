# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX makes of the files in extensions/awx/: without AWX, from what its documentation says."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jinja2 import sandbox

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "extensions" / "awx"


def data(name: str) -> Any:
    """The content of one of the files."""
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


def job_template(name: str) -> dict[str, Any]:
    (found,) = [template for template in data("job_templates") if template["name"] == name]
    return dict(found)


@dataclass
class Injected:
    """What a job finds: *environ*, the files, and *shown*, the environment as AWX shows it to its users."""

    environ: dict[str, str]
    shown: dict[str, str]
    files: dict[str, Path] = field(default_factory=dict)


def fields() -> dict[str, dict[str, Any]]:
    """The inputs of the credential type, by their ID."""
    return {entry["id"]: entry for entry in data("credential_type")["inputs"]["fields"]}


def injected(inputs: dict[str, Any], folder: Path) -> Injected:
    """What the credential type makes of *inputs*, with its files in *folder*.

    What is not filled in is not defined in a template, but a boolean is false; every file is written, empty or not, and
    its path is `tower.filename.NAME`; templates are rendered in a sandbox in which what is undefined is empty.
    """
    kinds = fields()
    given = {name: value for name, value in inputs.items() if value is True or value is False or value}
    booleans = {name: False for name, kind in kinds.items() if kind["type"] == "boolean"}
    hidden = {name: "**********" for name in given if kinds[name].get("secret")}
    environment = sandbox.ImmutableSandboxedEnvironment()
    injectors = data("credential_type")["injectors"]
    paths = {}
    for label, text in injectors["file"].items():
        path = folder / label.partition(".")[2]
        path.write_text(environment.from_string(text).render(given), encoding="utf-8")
        path.chmod(0o600)
        paths[path.name] = path
    tower = {"filename": {name: str(path) for name, path in paths.items()}}

    def rendered(values: dict[str, Any]) -> dict[str, str]:
        names = {**booleans, **values, "tower": tower}
        return {name: environment.from_string(text).render(names) for name, text in injectors["env"].items()}

    return Injected(rendered(given), rendered({**given, **hidden}), paths)
