# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that configures AWX, and the execution environment. Without AWX: its modules only say what they get."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from tests.integration.awx import FOLDER, REPOSITORY, data
from tests.integration.helpers import Instance

CONFIGURE = REPOSITORY / "playbooks" / "awx_configure.yml"

#: The options that the playbook uses of the modules of awx.awx, with their types there.
OPTIONS: dict[str, dict[str, type]] = {
    "credential_type": {"name": str, "description": str, "kind": str, "inputs": dict, "injectors": dict},
    "credential": {
        "name": str,
        "organization": str,
        "credential_type": str,
        "inputs": dict,
        "update_secrets": bool,
    },
    "execution_environment": {"name": str, "image": str, "organization": str},
    "project": {"name": str, "organization": str, "scm_type": str, "scm_url": str, "scm_branch": str},
    "job_template": {
        "name": str,
        "description": str,
        "organization": str,
        "job_type": str,
        "project": str,
        "playbook": str,
        "inventory": str,
        "execution_environment": str,
        "credentials": list,
        "extra_vars": dict,
        "ask_variables_on_launch": bool,
        "job_slice_count": int,
        "survey_enabled": bool,
        "survey_spec": dict,
    },
    "workflow_job_template": {
        "name": str,
        "description": str,
        "organization": str,
        "ask_variables_on_launch": bool,
        "allow_simultaneous": bool,
        "survey_enabled": bool,
        "survey_spec": dict,
        "workflow_nodes": list,
    },
}

#: An action in the place of each module.
STANDIN = """
import json, os
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        with open(os.environ["AWX_CALLS"], "a") as calls:
            args = {name: value for name, value in self._task.args.items()}
            calls.write(json.dumps([self._task.action, args]) + "\\n")
        return {"changed": True}
"""


def configured(instance: Instance, folder: Path, **settings: Any) -> dict[str, list[dict[str, Any]]]:
    """What each module of awx.awx got."""
    plugins = folder / "ansible_collections" / "awx" / "awx" / "plugins"
    for kind, text in (("modules", ""), ("action", STANDIN)):
        (plugins / kind).mkdir(parents=True)
        for name in OPTIONS:
            (plugins / kind / f"{name}.py").write_text(text, encoding="utf-8")
    calls = folder / "calls"
    played = instance.playbook(
        CONFIGURE,
        "-e",
        json.dumps(settings),
        environ={
            "AWX_CALLS": str(calls),
            "ANSIBLE_COLLECTIONS_PATH": f"{folder}{os.pathsep}{os.environ['ANSIBLE_COLLECTIONS_PATH']}",
        },
    )
    assert played.code == 0, played.output
    assert "a secret" not in played.output
    found: dict[str, list[dict[str, Any]]] = {}
    for line in calls.read_text(encoding="utf-8").splitlines():
        action, args = json.loads(line)
        found.setdefault(action.removeprefix("awx.awx."), []).append(args)
    return found


def test_what_awx_is_told(instance: Instance, tmp_path: Path) -> None:
    """With the variables of the document. All is as it is in the files, the templates of the injectors unrendered."""
    document = (REPOSITORY / "docs" / "awx.md").read_text(encoding="utf-8")
    (block,) = re.findall(r" +```yaml\n( +# awx.yml\n.*?) +```", document, re.DOTALL)
    settings = yaml.safe_load(block)
    found = configured(instance, tmp_path, **settings, vault_snow_password="a secret")
    login = {**settings["awx_credential_inputs"], "password": "a secret"}
    assert found.keys() == OPTIONS.keys()
    for module, calls in found.items():
        for args in calls:
            wrong = {name: value for name, value in args.items() if not isinstance(value, OPTIONS[module][name])}
            assert not wrong
    (kind,) = found["credential_type"]
    assert kind == data("credential_type")
    assert found["credential"][0]["inputs"] == login
    templates = {args["name"]: args for args in found["job_template"]}
    for template in data("job_templates"):
        told = templates.pop(template["name"])
        assert told["survey_spec"] == template["survey_spec"]
        assert told["extra_vars"] == template.get("extra_vars", {})
        assert told["credentials"] == ["ServiceNow", "Web servers"]
        assert (told["ask_variables_on_launch"], told["job_slice_count"]) == (False, 1)
    assert not templates
    (workflow,) = found["workflow_job_template"]
    asked = [question["variable"] for question in workflow["survey_spec"]["spec"]]
    assert len(set(asked)) == len(asked)
    assert {"release_version", "release_wait", "release_start"} <= set(asked)
    for node, written in zip(workflow["workflow_nodes"], data("workflow")["workflow_nodes"], strict=True):
        assert node["unified_job_template"].pop("organization") == {"name": "Shop"}
        assert node == written


def test_only_what_is_asked_for(instance: Instance, tmp_path: Path) -> None:
    found = configured(instance, tmp_path, awx_project_url="")
    assert found.keys() == {"credential_type", "job_template", "workflow_job_template"}
    assert not [args for args in found["job_template"] if "execution_environment" in args]


def test_the_playbooks_are_playbooks() -> None:
    names = sorted({template["playbook"] for template in data("job_templates")})
    done = subprocess.run(
        [sys.executable, "-m", "ansible.cli.playbook", "--syntax-check", *(str(REPOSITORY / name) for name in names)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(names) == 4


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ansible_builder", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_execution_environment(tmp_path: Path) -> None:
    """ansible-builder takes it, and finds in the collection what its Python needs."""
    run("create", "-f", str(FOLDER / "execution-environment.yml"), "-c", "context", folder=tmp_path)
    context = tmp_path / "context"
    (recipe,) = [path for path in context.iterdir() if path.is_file()]
    steps = recipe.read_text(encoding="utf-8")
    assert "ansible-runner>=2.4" in steps
    galaxy = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in galaxy["collections"]] == ["changegate.snow"]

    found = run("introspect", os.environ["ANSIBLE_COLLECTIONS_PATH"], folder=tmp_path)
    # After a heading that is a comment.
    needs = yaml.safe_load(found)
    assert [line.split()[0] for line in needs["python"]] == ["requests"]
    assert needs["system"] == []
