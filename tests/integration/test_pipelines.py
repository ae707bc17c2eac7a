# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate playbook, and the examples of pipelines: their schemas, and their commands, run as they stand there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from tests.integration.helpers import REPOSITORY, USER, Instance, Played, password_of
from tests.integration.rollout import NOW, seconds

GATE = REPOSITORY / "playbooks" / "gate.yml"
EXAMPLES = REPOSITORY / "docs" / "pipelines"
OPEN, CLOSED = "CHG0777701", "CHG0777702"
RUN = "https://ci.example.com/runs/7"


@pytest.fixture
def changes(instance: Instance) -> Instance:
    """A change whose gate is open, and one that is rejected."""
    window = {"start_date": f"{NOW:%Y-%m-%d} 00:00:00", "end_date": f"{NOW.year + 1}-01-01 00:00:00"}
    usual = {"state": "-1", "approval": "approved", "assignment_group": "Network", "on_hold": "false", **window}
    instance.seed(
        "change_request",
        {**usual, "number": OPEN, "correlation_id": "shop-1"},
        {**usual, "number": CLOSED, "approval": "rejected", "state": "-4"},
    )
    return instance


def asked(instance: Instance, folder: Path, *arguments: str, **environ: str) -> tuple[Played, dict[str, Any]]:
    """What the playbook says, and what it writes for a program."""
    result = folder / "gate.json"
    result.unlink(missing_ok=True)
    played = instance.playbook(GATE, *arguments, environ={"GATE_RESULT": "gate.json", **environ}, folder=folder)
    return played, json.loads(result.read_text(encoding="utf-8")) if result.exists() else {}


def test_an_open_gate(changes: Instance, tmp_path: Path) -> None:
    played, answer = asked(changes, tmp_path, "-e", "gate_id=shop-1")
    assert (played.code, answer["answer"]) == (0, "open"), played.output
    assert "The gate is open." in played.output
    assert answer["number"] == OPEN
    assert answer["reasons"] == []
    assert seconds(answer["facts"]["now"]) >= NOW
    assert not changes.writes()


def test_a_closed_gate(changes: Instance, tmp_path: Path) -> None:
    """With the policy of the document: all reasons, one line each."""
    document = (REPOSITORY / "docs" / "pipelines.md").read_text(encoding="utf-8")
    (policy,) = re.findall(r"```yaml\n(gate_policy:.*?)```", document, re.DOTALL)
    (tmp_path / "policy.yml").write_text(policy, encoding="utf-8")
    played, answer = asked(changes, tmp_path, "-e", "@policy.yml", GATE_NUMBER=CLOSED)
    assert played.code == 2
    assert (answer["answer"], answer["final"], answer["error"]) == ("closed", True, {})
    said = [line.strip(' ",') for line in played.output.splitlines()]
    assert "The gate is not open, and cannot open any more." in said
    rules = {reason["rule"] for reason in answer["reasons"]}
    assert {"states", "approval", "cis", "approved_by"} <= rules
    assert all(reason["text"] in said for reason in answer["reasons"])


@pytest.mark.parametrize(
    ("arguments", "environ", "kind"),
    [
        ((), {"SN_PASSWORD": "wrong", "GATE_NUMBER": OPEN}, "authentication"),
        (("-e", '{"gate_policy": {"stats": ["implement"]}}'), {"GATE_NUMBER": OPEN}, "invalid_usage"),
    ],
    ids=["login", "a typing error"],
)
def test_a_gate_that_could_not_be_asked(
    changes: Instance, tmp_path: Path, arguments: tuple[str, ...], environ: dict[str, str], kind: str
) -> None:
    """It counts as closed, and says that nobody knows."""
    played, answer = asked(changes, tmp_path, *arguments, **environ)
    assert played.code == 2
    assert (answer["answer"], answer["final"], answer["reasons"]) == ("unknown", False, [])
    assert answer["error"]["type"] == kind
    assert answer["summary"] in played.output.replace("\\", "")
    assert "The gate could not be asked, so it is not open." in played.output


def test_a_gate_that_nobody_names(changes: Instance, tmp_path: Path) -> None:
    """Nor does a text from outside become more than a text."""
    played, answer = asked(changes, tmp_path, GATE_NUMBER=OPEN, GATE_ID="shop-1")
    assert (played.code, answer) == (2, {})
    assert f"{OPEN} and shop-1 both name the change" in played.output
    assert not changes.requests()
    played, answer = asked(
        changes, tmp_path, "--tags", "deploy", GATE_NUMBER="{{ lookup('pipe', 'touch here') }} gate_policy={}"
    )
    assert (played.code, answer["answer"]) == (2, "unknown")
    assert not list(tmp_path.rglob("here"))


class Step(NamedTuple):
    """A piece of shell, with its own variables."""

    name: str
    script: str
    environ: dict[str, str]


def github() -> dict[str, Any]:
    return dict(yaml.safe_load((EXAMPLES / "github.yml").read_text(encoding="utf-8")))


class Pipeline:
    """Runs the commands of an example in its order, in a checkout with a deployment."""

    def __init__(self, instance: Instance, folder: Path, change: str, deploys: bool) -> None:
        self.folder = folder
        tools = folder / "tools"
        tools.mkdir()
        for name in ("pip", "ansible-galaxy"):
            self._tool(tools / name, f'echo {name} "$@" >> "{folder}/installed"')
        python = f'exec "{sys.executable}" -m ansible.cli.playbook "$@"'
        self._tool(tools / "ansible-playbook", python)
        self._tool(tools / "python3", 'mkdir -p .venv/bin; ln -sf "$(command -v pip)" .venv/bin/pip')
        self._tool(folder / "deploy.sh", f"touch deployed; {'true' if deploys else 'false'}")
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SN_", "GATE_"))},
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "SN_HOST": instance.url,
            "SN_USERNAME": USER,
            "SN_PASSWORD": password_of(USER),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        }
        self.change = change

    @staticmethod
    def _tool(path: Path, script: str) -> None:
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def shell(self, script: str, **environ: str) -> int:
        # Nobody waits two hours here.
        environ = {name: "0" if name == "GATE_TIMEOUT" else value for name, value in environ.items()}
        shell = ["bash", "-e", "-o", "pipefail", "-c", script]
        return subprocess.run(shell, cwd=self.folder, env={**self.environ, **environ}, check=False).returncode

    @property
    def deployed(self) -> bool:
        return (self.folder / "deployed").exists()

    def github(self) -> str:
        """The outcome of the step that deploys."""
        workflow = github()
        (job,) = workflow["jobs"].values()
        outcome, failed = "skipped", False
        for step in job["steps"]:
            condition = step.get("if", "success()")
            known = {"success()", "always()", "always() && steps.deploy.outcome != 'skipped'"}
            assert condition in known
            runs = not failed if condition == "success()" else outcome != "skipped" or "outcome" not in condition
            if "run" not in step or not runs:
                continue
            environ = {**job["env"], **step.get("env", {})}
            code = self.shell(step["run"], **{name: self._expression(text, outcome) for name, text in environ.items()})
            failed = failed or code != 0
            if step.get("id") == "deploy":
                outcome = "failure" if code else "success"
        return outcome

    def _expression(self, text: str, outcome: str) -> str:
        known = {
            "${{ vars.SN_HOST }}": self.environ["SN_HOST"],
            "${{ secrets.SN_USERNAME }}": USER,
            "${{ secrets.SN_PASSWORD }}": password_of(USER),
            "${{ inputs.change }}": self.change,
            "${{ steps.deploy.outcome == 'success' && 'successful' || 'unsuccessful' }}": (
                "successful" if outcome == "success" else "unsuccessful"
            ),
            "${{ github.server_url }}/${{ github.repository }}/actions/runs/${{ github.run_id }}": RUN,
        }
        return known[text] if "${{" in text else text

    def gitlab(self) -> None:
        job = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text(encoding="utf-8"))["deploy"]
        given = {"CHANGE": self.change, "CI_JOB_URL": RUN}
        environ = {name: given["CHANGE"] if text == "$CHANGE" else text for name, text in job["variables"].items()}
        code = self.shell("\n".join([*job["before_script"], *job["script"]]), **given, **environ)
        status = "success" if code == 0 else "failed"
        self.shell("\n".join(job["after_script"]), **given, **environ, CI_JOB_STATUS=status)

    def jenkins(self) -> None:
        text = (EXAMPLES / "Jenkinsfile").read_text(encoding="utf-8")
        environ = {"GATE_NUMBER": self.change, "BUILD_URL": RUN}
        assert 'GATE_NUMBER = "${params.CHANGE}"' in text
        for stage in text.split("stage('")[1:]:
            own = dict(re.findall(r"(GATE_\w+) = '([^']*)'", stage))
            # The steps, and those for either outcome.
            steps, _, after = stage.partition("post {")
            code = max(self.shell(script, **environ, **own) for script in scripts(steps))
            part = "success" if code == 0 else "unsuccessful"
            found = re.search(rf"^ +{part} {{\n(.*?)\n +}}$", after, re.MULTILINE | re.DOTALL)
            for script in scripts(found[1]) if found else []:
                self.shell(script, **environ)
            if code:
                break


def scripts(text: str) -> list[str]:
    """The commands in a piece of a Jenkinsfile; in single quotes, in which Groovy leaves a dollar alone."""
    found = re.findall(r"\bsh (?:'''(.*?)'''|'([^'\n]*)')", text, re.DOTALL)
    assert len(found) == len(re.findall(r"^\s+sh\b", text, re.MULTILINE))
    return [long or short for long, short in found]


@pytest.mark.parametrize("system", ["github", "gitlab", "jenkins"])
def test_the_commands_of_an_example(changes: Instance, tmp_path: Path, system: str) -> None:
    """Nothing is deployed behind a closed gate, and its change stays as it is; a deployment closes its change."""
    fates = {}
    for change, deploys in ((CLOSED, True), (OPEN, system != "gitlab")):
        folder = tmp_path / change
        folder.mkdir()
        pipeline = Pipeline(changes, folder, change, deploys)
        getattr(pipeline, system)()
        (row,) = changes.rows("change_request", number=change)
        fates[change] = (pipeline.deployed, row["state"], row["close_code"])
        assert (folder / "gate.json").exists()
        assert "collection install changegate.snow" in (folder / "installed").read_text(encoding="utf-8")
        if change == OPEN:
            assert RUN in row["close_notes"]
    result = "unsuccessful" if system == "gitlab" else "successful"
    assert fates == {CLOSED: (False, "-4", ""), OPEN: (True, "3", result)}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("github.yml", ["--builtin-schema", "vendor.github-workflows"]),
        ("gitlab-ci.yml", ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]),
    ],
)
def test_the_examples_are_what_their_systems_take(name: str, arguments: list[str]) -> None:
    """By the schemas that GitHub and GitLab publish."""
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *arguments, str(EXAMPLES / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_from_outside_is_part_of_a_command() -> None:
    """It could be a command itself, or a variable of the play."""
    (job,) = github()["jobs"].values()
    for step in job["steps"]:
        assert "${{" not in step.get("run", "")
        assert "GATE_NUMBER" not in step.get("run", "")
    for name in ("gitlab-ci.yml", "Jenkinsfile"):
        text = (EXAMPLES / name).read_text(encoding="utf-8")
        assert not re.search(r"ansible-playbook[^\n]*(\$CHANGE|GATE_NUMBER)", text)


def test_the_document_names_what_is_there() -> None:
    text = (REPOSITORY / "docs" / "pipelines.md").read_text(encoding="utf-8")
    for path in EXAMPLES.iterdir():
        assert f"pipelines/{path.name}" in text
    for name in re.findall(r"^ {4}(gate_\w+):", GATE.read_text(encoding="utf-8"), re.MULTILINE):
        assert name in text
