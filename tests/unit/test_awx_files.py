# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files for AWX: what AWX would refuse, and what the collection would not understand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import StrictUndefined, sandbox
from tests.integration.awx import FOLDER, REPOSITORY, data, fields, injected

from ansible_collections.changegate.snow.plugins.module_utils import connection, options
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage

TYPE = data("credential_type")
TEMPLATES = data("job_templates")
WORKFLOW = data("workflow")
#: A key is handed over as a file: not every way into a container takes a variable with several lines.
AS_A_FILE = {"SN_JWT_KEY"}
#: What a question may be, and what its default is.
QUESTIONS = {"text": str, "textarea": str, "multiplechoice": str, "integer": int, "float": float}


def test_the_inputs_are_what_awx_takes() -> None:
    known = {"id", "label", "type", "help_text", "secret", "multiline", "choices", "default", "format"}
    entries = TYPE["inputs"]["fields"]
    assert len({entry["id"] for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.keys() <= known
        assert re.fullmatch("[a-z_]+", entry["id"])
        assert entry["id"] != "tower"
        assert entry["type"] in ("string", "boolean")
        assert entry["label"]
        # AWX knows these of texts only, and keeps no boolean secret.
        assert entry["type"] == "string" or not entry.keys() & {"secret", "multiline", "choices", "format"}
        assert entry.get("choices", [""])[0] == "", "the first choice is what AWX takes for nothing"
    assert set(TYPE["inputs"]["required"]) <= fields().keys()
    assert TYPE["kind"] == "cloud"


def test_each_variable_of_the_collection_is_injected_and_no_other() -> None:
    injectors = TYPE["injectors"]
    assert injectors.keys() == {"env", "file"}, "as a variable of the play it would be on the command line or in a file"
    assert injectors["env"].keys() == {option.env for option in options.OPTIONS} - AS_A_FILE


def test_what_is_secret_is_secret_in_awx() -> None:
    used = {name: set(re.findall(r"[a-z_.]+", text)) for name, text in TYPE["injectors"]["env"].items()}
    secrets = {entry["id"] for entry in TYPE["inputs"]["fields"] if entry.get("secret")}
    for option in options.OPTIONS:
        if option.secret and option.env not in AS_A_FILE:
            assert used[option.env] & secrets, option.env
    # These may hold one.
    assert {"proxy", "custom_headers", "jwt_key", "client_key"} <= secrets


def test_the_choices_are_those_of_the_collection() -> None:
    assert fields()["grant_type"]["choices"] == ["", *options.GRANT_TYPES]
    assert fields()["jwt_algorithm"]["choices"] == ["", *options.JWT_ALGORITHMS]


def test_the_templates_use_what_is_defined() -> None:
    """AWX refuses others: it renders them strictly before it keeps the type."""
    environment = sandbox.ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    files = {label.partition(".")[2]: "a path" for label in TYPE["injectors"]["file"]}
    names = {**dict.fromkeys(fields(), "a text"), "tower": {"filename": files}}
    for text in [*TYPE["injectors"]["env"].values(), *TYPE["injectors"]["file"].values()]:
        assert environment.from_string(text).render(names)
        assert text.isascii()
    assert all(re.fullmatch(r"template\.[a-z_]+", label) for label in TYPE["injectors"]["file"])


LOGINS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "password": ({"username": "me", "password": "pw"}, {"scheme": "basic", "username": "me", "password": "pw"}),
    "oauth": (
        {"username": "me", "password": "pw", "client_id": "id", "client_secret": "cs", "token_cache": "false"},
        {"scheme": "oauth", "grant_type": "password", "client_secret": "cs", "token_cache": False},
    ),
    "client credentials": (
        {"grant_type": "client_credentials", "client_id": "id", "client_secret": "cs"},
        {"grant_type": "client_credentials", "client_id": "id"},
    ),
    "refresh token": (
        {"grant_type": "refresh_token", "client_id": "id", "client_secret": "cs", "refresh_token": "rt"},
        {"refresh_token": "rt"},
    ),
    "access token": ({"access_token": "at"}, {"access_token": "at"}),
    "API key": (
        {"api_key": "ak", "timeout": "5", "retry_deadline": "7", "api_path": "api/x", "proxy": "http://u:pp@proxy"},
        {"api_key": "ak", "timeout": 5.0, "retry_deadline": 7.0, "api_path": "api/x", "proxy": "http://u:pp@proxy"},
    ),
    "headers": (
        {"username": "me", "password": "pw", "custom_headers": '{"X-Gateway-Key": "gk"}'},
        {"custom_headers": {"X-Gateway-Key": "gk"}},
    ),
    "not verified": ({"username": "me", "password": "pw", "insecure": True}, {"verify": False}),
    "plain": (
        {"host": "http://snow.example.com", "username": "me", "password": "pw", "allow_http": True},
        {"base_url": "http://snow.example.com"},
    ),
}


@pytest.mark.parametrize("name", LOGINS)
def test_what_is_filled_in_is_how_a_job_signs_in(name: str, tmp_path: Path) -> None:
    inputs, wanted = LOGINS[name]
    found = injected({"host": "dev1234", **inputs}, tmp_path)
    made = connection.resolve({}, found.environ)._asdict()
    assert {key: made[key] for key in wanted} == wanted
    usual = {"verify": True, "certificate": None, "jwt_key_file": None, "timeout": 30.0, "token_cache": True}
    assert {key: made[key] for key in usual if key not in wanted} == {
        key: value for key, value in usual.items() if key not in wanted
    }
    # What AWX shows of it.
    secrets = {str(value) for key, value in inputs.items() if fields()[key].get("secret")}
    assert not any(secret in text for text in found.shown.values() for secret in secrets)


def test_keys_and_certificates_are_files(tmp_path: Path) -> None:
    texts = {"client_certificate": "a certificate", "client_key": "a key", "ca_certificates": "an authority"}
    found = injected({"host": "dev1234", **texts}, tmp_path)
    made = connection.resolve({}, found.environ)
    assert made.certificate == (str(tmp_path / "client_certificate"), str(tmp_path / "client_key"))
    assert made.verify == str(tmp_path / "ca_certificates")
    assert {name: path.read_text(encoding="utf-8") for name, path in found.files.items()} == {**texts, "jwt_key": ""}

    jwt = {
        "grant_type": "jwt_bearer",
        "client_id": "id",
        "jwt_subject": "me",
        "jwt_key": "one\ntwo",
        "jwt_lifetime": "60",
    }
    made = connection.resolve({}, injected({"host": "dev1234", **jwt}, tmp_path).environ)
    assert (made.jwt_key_file, made.jwt_subject, made.jwt_lifetime) == (str(tmp_path / "jwt_key"), "me", 60.0)


def test_http_stays_refused(tmp_path: Path) -> None:
    login = {"host": "http://snow.example.com", "username": "me", "password": "pw"}
    with pytest.raises(InvalidUsage, match="in clear"):
        connection.resolve({}, injected(login, tmp_path).environ)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["name"])
def test_the_surveys_are_what_awx_takes(template: dict[str, Any]) -> None:
    survey = template["survey_spec"]
    assert survey.keys() == {"name", "description", "spec"}
    assert survey["spec"]
    variables = [question["variable"] for question in survey["spec"]]
    assert len(set(variables)) == len(variables)
    for question in survey["spec"]:
        assert {"question_name", "question_description", "variable", "type", "required"} <= question.keys()
        assert isinstance(question["required"], bool)
        if question.get("default", "") != "":
            assert isinstance(question["default"], QUESTIONS[question["type"]])
            assert question["default"] in question.get("choices", [question["default"]])
        assert question.get("min", 0) <= question.get("max", 1024)
        assert ("choices" in question) == (question["type"] == "multiplechoice")
        # What nobody has to answer comes as nothing, and the playbooks take it so.
        assert question["required"] or question["default"] == ""


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["name"])
def test_what_a_survey_asks_is_what_its_playbook_uses(template: dict[str, Any]) -> None:
    playbook = REPOSITORY / template["playbook"]
    text = playbook.read_text(encoding="utf-8")
    if "vars/release.yml" in text:
        text += (REPOSITORY / "playbooks/vars/release.yml").read_text(encoding="utf-8")
    # Variables of the template may be made of the answers.
    text += " ".join(map(str, template.get("extra_vars", {}).values()))
    for name in [
        *(question["variable"] for question in template["survey_spec"]["spec"]),
        *template.get("extra_vars", {}),
    ]:
        assert re.search(rf"\b{name}\b", text), name
    # AWX finds a playbook by a line like this one.
    assert re.search(r"^\s*-?\s*hosts:", text, re.MULTILINE)


def test_no_survey_asks_what_the_gate_wants() -> None:
    asked = {question["variable"] for template in TEMPLATES for question in template["survey_spec"]["spec"]}
    assert not [
        name for name in asked if name.startswith("gated_change_") or "policy" in name or name == "release_hosts"
    ]


def test_the_workflow_runs_what_is_there() -> None:
    nodes = {node["identifier"]: node for node in WORKFLOW["workflow_nodes"]}
    names = {template["name"] for template in TEMPLATES}
    assert len(nodes) == len(WORKFLOW["workflow_nodes"])
    assert {node["unified_job_template"]["name"] for node in nodes.values()} <= names
    assert set(WORKFLOW["survey_of"]) <= names
    ways = {
        (start, way, end["identifier"])
        for start, node in nodes.items()
        for way, ends in node.get("related", {}).items()
        for end in ends
    }
    assert ways == {("open", "success_nodes", "deploy"), ("deploy", "failure_nodes", "close")}


def test_a_question_is_the_same_wherever_it_is_asked() -> None:
    """So that the workflow, which takes it from any of them, asks it for all of them."""
    questions: dict[str, Any] = {}
    for template in TEMPLATES:
        for question in template["survey_spec"]["spec"]:
            assert questions.setdefault(question["variable"], question) == question
    asked = [t["survey_spec"]["spec"] for t in TEMPLATES if t["name"] in WORKFLOW["survey_of"]]
    of_workflow = {question["variable"] for spec in asked for question in spec}
    run = {node["unified_job_template"]["name"] for node in WORKFLOW["workflow_nodes"]}
    needed = {q["variable"] for t in TEMPLATES if t["name"] in run for q in t["survey_spec"]["spec"] if q["required"]}
    assert needed <= of_workflow


def test_the_document_names_what_is_there() -> None:
    text = (REPOSITORY / "docs" / "awx.md").read_text(encoding="utf-8")
    for path in FOLDER.iterdir():
        assert f"extensions/awx/{path.name}" in text, path.name
    for name in [WORKFLOW["name"], TYPE["name"], *(template["name"] for template in TEMPLATES)]:
        assert name in text, name
