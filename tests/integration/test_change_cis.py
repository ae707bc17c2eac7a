# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin change_cis: exactly the affected items of exactly one change, or an error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from tests.integration.helpers import HERE, REPOSITORY, USER, Instance, Played, password_of

from ansible_collections.changegate.snow.plugins.inventory import change_cis
from snow_simulator import Simulator

PLUGIN = "changegate.snow.change_cis"
WEB_01, WEB_02 = "caf043a3b7fb23000999e4f6ee11a9c0", "06f043a3b7fb23000999e4f6ee11a9c1"
CHANGES = "GET /api/sn_chg_rest/change"
ITEMS = "GET /api/now/table/task_ci"
#: Where a playbook runs that has nothing to connect to.
LOCAL = {"connection": "local", "gather_facts": False}


def changed(instance: Instance, name: str, *items: str, **columns: str) -> str:
    """The number of a new change with these affected items, named or by their sys_ids."""
    row = {"short_description": name, "correlation_id": name, "state": "Implement", "type": "normal", **columns}
    (sys_id,) = instance.seed("change_request", row)
    if items:
        instance.seed("task_ci", *({"task": sys_id, "ci_item": item} for item in items))
    (made,) = instance.rows("change_request", sys_id=sys_id)
    return str(made["number"])


def source(folder: Path, name: str = "x", text: str | None = None, **options: Any) -> Path:
    path = folder / f"{name}.change_cis.yml"
    path.write_text(text if text is not None else json.dumps({"plugin": PLUGIN, **options}), encoding="utf-8")
    return path


def environment(url: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    login = {"SN_HOST": url, "SN_USERNAME": USER, "SN_PASSWORD": password_of(USER), "SN_RETRY_DEADLINE": "2"}
    return {**os.environ, **login, **(environ or {})}


def inventory(
    instance: Instance, *arguments: object, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What ansible-inventory says."""
    command = [sys.executable, "-m", "ansible.cli.inventory", *map(str, arguments)]
    done = subprocess.run(
        command, env=environment(instance.url, environ), capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done


def listing(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout, object_hook=lambda data: data.get("__ansible_unsafe", data))
    assert isinstance(found, dict)
    return found


def outcomes(url: str, *cases: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What becomes of each source, see inventory_cases.py."""
    done = subprocess.run(
        [sys.executable, str(HERE / "inventory_cases.py")],
        input=json.dumps(cases),
        env=environment(url),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def refused(result: Mapping[str, Any]) -> str:
    """The one sentence with which a source was refused, without any host."""
    assert result["error"], result["hosts"]
    kind, _colon, text = result["error"].partition(": ")
    assert kind == "AnsibleParserError", result["error"]
    assert result["fatal"]
    assert not result["hosts"]
    assert text.endswith(".")
    assert "\n" not in text
    return str(text)


def test_the_items_of_a_change_are_the_hosts(instance: Instance, tmp_path: Path) -> None:
    """All of it at once, as ansible-inventory lists it, in as many requests as documented."""
    items = ("web-01", "db-01", "win-file-01", "rtr-core-01", "Online Shop", "db-02")
    number = changed(instance, "shop-1", *items, assignment_group="Network")
    path = source(
        tmp_path,
        correlation_id="{{ app }}-1",
        classes=["cmdb_ci_hardware"],
        filters={"operational_status": {"not_equals": 3}},
        columns=["os", "ip_address", "environment", "support_group.name", "device_type"],
        inventory_hostname=["fqdn", "name"],
        compose={"ansible_host": "ci_ip_address", "for_change": "change.number"},
        groups={"windows": "'Windows' in ci_os"},
        keyed_groups=[{"key": "ci_environment", "prefix": "env"}],
    )
    instance.clear_log()
    found = listing(inventory(instance, "-i", path, "--list", "-e", "app=shop"))
    asked = [str(request) for request in instance.requests()]
    assert asked[:2] == [CHANGES, ITEMS]
    classes = ["cmdb_ci_linux_server", "cmdb_ci_netgear", "cmdb_ci_server"]
    assert asked[2:] == [f"GET /api/now/table/{name}" for name in classes]
    assert instance.writes() == []
    hosts = ["db-01.example.com", "rtr-core-01", "web-01.example.com", "win-file-01"]
    assert found["change_cis"]["hosts"] == hosts
    assert found["env_Production"]["hosts"] == [name for name in hosts if name != "rtr-core-01"]
    assert found["windows"]["hosts"] == ["win-file-01"]
    variables = found["_meta"]["hostvars"]
    assert sorted(variables) == hosts
    change = variables["rtr-core-01"].pop("change")
    assert change["number"] == number
    assert (change["state"], change["state_label"], change["type"]) == ("-1", "Implement", "normal")
    assert (change["assignment_group"], change["correlation_id"]) == ("Network", "shop-1")
    assert variables["rtr-core-01"] == {
        "ansible_host": "", "app": "shop", "for_change": number, "ci_device_type": "router", "ci_environment": "",
        "ci_ip_address": "", "ci_name": "rtr-core-01", "ci_support_group_name": "Network",
        "ci_sys_class_name": "Network Gear", "ci_sys_id": "82967cdd0ad3370236092104ce988d76",
    }  # fmt: skip
    web = variables["web-01.example.com"]
    assert (web["ansible_host"], web["ci_os"], web["ci_sys_id"]) == ("10.0.2.1", "Debian", WEB_01)
    assert "ci_device_type" not in web


def test_nothing_else_can_be_deployed_to(instance: Instance, tmp_path: Path) -> None:
    """Any other host is not there, whatever --limit says."""
    number = changed(instance, "shop-1", "web-01", "web-02")
    arguments = ["-i", str(source(tmp_path)), "-e", f"snow_change_number={number}", "--limit", "db-01"]
    task = {"ansible.builtin.debug": {"msg": "deployed"}}
    limited = instance.play(task, play={"hosts": "change_cis", **LOCAL}, arguments=arguments)
    assert limited.code != 0
    assert not limited.outcomes
    assert "db-01" in limited.output


def failed(played: Played) -> str:
    assert played.code != 0, played.output
    assert "Traceback" not in played.output
    assert not played.outcomes
    return " ".join(played.output.split())


def test_a_play_ends_with_an_error_where_its_change_is_not_sure(instance: Instance, tmp_path: Path) -> None:
    """Not with a warning and an exit code of 0, as Ansible has it by default; and not with the hosts of others."""
    task = {"ansible.builtin.debug": {"msg": "deployed"}}
    play = {"hosts": "all", **LOCAL}
    other = tmp_path / "other.ini"
    other.write_text("web-99\n", encoding="utf-8")
    path = source(tmp_path, number="CHG9999999")
    text = failed(instance.play(task, play=play, arguments=["-i", str(path), "-i", str(other)]))
    assert "There is no change request with number CHG9999999; check" in text
    # With nothing but our plugin, and a login that is not even asked for.
    environ = {"ANSIBLE_INVENTORY_ENABLED": PLUGIN, "SN_HOST": ""}
    assert "No instance was named" in failed(
        instance.play(task, play=play, arguments=["-i", str(path)], environ=environ)
    )


def test_a_change_that_ends_meanwhile(instance: Instance, tmp_path: Path) -> None:
    """Asked again in the middle of a rolling deployment, the inventory ends it."""
    changed(instance, "shop-1", "web-01", "web-02")
    path = source(tmp_path, correlation_id="shop-1")
    tasks: list[dict[str, Any]] = [
        {"ansible.builtin.meta": "refresh_inventory"},
        {"ansible.builtin.debug": {"msg": "{{ inventory_hostname }}"}},
        {"changegate.snow.snow_change": {"correlation_id": "shop-1", "state": "canceled"}},
    ]
    played = instance.play(*tasks, play={"hosts": "all", "serial": 1, **LOCAL}, arguments=["-i", str(path)])
    assert played.code != 0
    assert "is Canceled, and nothing may be deployed under it any more" in " ".join(played.output.split())
    shown = [outcome.result["msg"] for outcome in played.outcomes if outcome.action == "ansible.builtin.debug"]
    assert shown == ["web-01.example.com"]


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("nothing", {"options": {}}, "No change was named; set number, sys_id, correlation_id or query in the file"),
    ("two", {"options": {"number": "CHG0030001", "query": {"number": "CHG0030001"}}}, "number and query both say"),
    ("two-outside", {"options": {}, "environ": {"SN_CHANGE_NUMBER": "CHG1", "SN_CHANGE_SYS_ID": WEB_01}}, "both say"),
    ("empty", {"options": {"number": ""}}, "number is ''; give"),
    ("null", {"options": {"number": None}}, "number"),
    ("none", {"options": {"number": "{{ none }}"}}, "number"),
    ("word", {"options": {}, "environ": {"SN_CHANGE_NUMBER": "None"}}, "number is 'None'"),
    ("undefined", {"options": {"number": "{{ nowhere }}"}}, "'nowhere' is undefined"),
    ("sys_id", {"options": {"sys_id": "x"}}, "sys_id is 'x'"),
    ("no-change", {"options": {"sys_id": "0" * 32}}, "There is no change request with sys_id 000"),
    ("no-query", {"options": {"query": {"number": "CHG9"}}}, "There is no change request that number=CHG9 finds"),
    ("empty-query", {"options": {"query": {}}}, "query is empty"),
    ("several", {"options": {"query": "active=true"}}, "There is more than one change request that active=true finds"),
    ("typo", {"options": {"query": {"numbr": "CHG0030001"}}}, "no field numbr"),
    ("label", {"options": {"query": {"state": "Implemented"}}}, "state"),
    ("closed", {"options": {"number": "CHG0000024"}}, "CHG0000024 is Closed, and nothing may be deployed"),
    ("canceled", {"options": {"correlation_id": "off"}}, "is Canceled, and nothing may be deployed"),
    ("no-items", {"options": {"correlation_id": "bare"}}, "has no affected items, so there is nothing"),
    ("none-left", {"options": {"correlation_id": "web", "classes": ["cmdb_ci_netgear"]}},
     "has no affected items that classes and filters ask for"),
    ("own-columns", {"options": {"correlation_id": "web", "filters": {"os": "Debian"}}}, "no column ci_item.os"),
    ("text-query", {"options": {"correlation_id": "web", "filters": "123TEXTQUERY321=web"}}, "filters hold"),
    ("no-filter", {"options": {"correlation_id": "web", "filters": {}}}, "filters: query is empty"),
    ("null-filter", {"options": {"correlation_id": "web", "filters": "{{ none }}"}}, "filters"),
    ("operator", {"options": {"correlation_id": "web", "filters": {"name": {"is": "x"}}}}, "'is' is not an operator"),
    ("class", {"options": {"correlation_id": "web", "classes": ["cmdb ci"]}}, "'cmdb ci' is not a table name"),
    ("column", {"options": {"correlation_id": "web", "columns": ["os;"]}}, "'os;' is not a column name"),
    ("same", {"options": {"correlation_id": "web", "columns": ["a.b", "a_b"]}}, "a.b and a_b would be the same"),
    ("naming", {"options": {"correlation_id": "web", "inventory_hostname": []}}, "inventory_hostname is empty"),
    ("group", {"options": {"correlation_id": "web", "group": "all"}}, "group is 'all'"),
    ("prefix", {"options": {"correlation_id": "web", "vars_prefix": "a-"}}, "vars_prefix is 'a-'"),
    ("unknown", {"options": {"correlation_id": "web", "filter": {}}}, "There is no option filter"),
    ("instance", {"options": {"correlation_id": "web", "instance": {"hosts": "x"}}}, "instance.hosts"),
    ("timeout", {"options": {"correlation_id": "web", "instance": {"timeout": "soon"}}}, "timeout"),
    ("twins", {"options": {"correlation_id": "twins"}}, "Two affected items would be the host"),
    ("nameless", {"options": {"correlation_id": "nameless"}}, "shows nothing in fqdn, name, ip_address"),
    ("strange", {"options": {"correlation_id": "strange"}}, "which can be no host's name"),
    ("dash", {"options": {"correlation_id": "dash"}}, "name of the affected item"),
    ("local", {"options": {"correlation_id": "local"}}, "'LocalHost', which can be no host's name"),
    ("gone", {"options": {"correlation_id": "gone"}}, "that are gone, or that the user may not read: 000"),
    ("down", {"options": {"correlation_id": "web"}, "environ": {"SN_HOST": "http://127.0.0.1:9"}}, "127.0.0.1"),
    ("login", {"options": {"correlation_id": "web"}, "environ": {"SN_PASSWORD": "wrong"}}, "did not accept the login"),
    ("asleep", {"options": {"correlation_id": "web"}, "environ": {"SN_RETRY_DEADLINE": "0"},
                "control": [["POST", "faults", {"action": {"html": "hibernating"}, "count": 1}]]}, "hibernat"),
    ("busy", {"options": {"correlation_id": "web"}, "environ": {"SN_RETRY_DEADLINE": "0"},
              "control": [["POST", "faults", {"path": "task_ci", "action": {"status": 503}, "count": 1}]]}, "503"),
    ("part", {"options": {"correlation_id": "web"}, "environ": {"SN_RETRY_DEADLINE": "0"},
              "control": [["POST", "faults", {"path": "task_ci", "action": {"quota": True}, "count": 1}]]}, "cancel"),
]  # fmt: skip


def prepare(instance: Instance) -> None:
    """The changes that the cases are about."""
    twins = instance.seed("cmdb_ci_server", {"name": "twin", "ip_address": "10.9.9.1"}, {"name": "TWIN"})
    odd = instance.seed("cmdb_ci_server", {"name": ""}, {"name": "{{ 1 + 1 }}"}, {"name": "-oProxyCommand=x"})
    (local,) = instance.seed("cmdb_ci_server", {"name": "LocalHost"})
    changed(instance, "web", "web-01")
    changed(instance, "bare")
    changed(instance, "off", "web-01", state="Canceled", active="false")
    changed(instance, "twins", *twins)
    for name, item in zip(("nameless", "strange", "dash", "local", "gone"), (*odd, local, "0" * 32), strict=True):
        changed(instance, name, item)


def test_what_is_not_sure_is_refused(instance: Instance) -> None:
    """One sentence for each, never a host, and no write."""
    prepare(instance)
    results = outcomes(instance.url, *(case for _name, case, _text in CASES))
    wrong = {name: result for (name, _case, text), result in zip(CASES, results, strict=True)
             if text not in (result["error"] or "")}  # fmt: skip
    assert {name: result["error"] for name, result in wrong.items()} == {}
    for result in results:
        assert password_of(USER) not in refused(result)
    assert instance.writes() == []


def test_sources_that_are_taken(instance: Instance) -> None:
    """Every way to name a change, precedence, what the variables hold, warnings, faults that pass, other files."""
    prepare(instance)
    number = changed(instance, "several", "web-01", "web-02", "web-01")
    changed(instance, "several", "db-01", state="Closed", active="false")
    retired = instance.seed("cmdb_ci_server", {"name": "old-01", "install_status": "7"})
    changed(instance, "retired", "web-01", *retired)
    several = {"correlation_id": "several"}
    cases: list[dict[str, Any]] = [
        {"options": {}, "environ": {"SN_CHANGE_NUMBER": number, "SN_CHANGE_SYS_ID": ""}},
        {"options": {}, "environ": {"SN_CHANGE_NUMBER": "CHG0030001"}, "extra": {"snow_change_number": number}},
        {"options": several, "environ": {"SN_CHANGE_NUMBER": "CHG0030001"}},
        {"options": {"query": {"correlation_id": "several", "state": "Implement"}}, "suffix": "change_cis.yaml"},
        {"options": {**several, "display_value": "values", "columns": ["support_group"], "vars_prefix": ""}},
        {"options": {**several, "display_value": "both", "columns": ["Support_Group", "shoe_size"]}},
        {"options": {**several, "classes": "cmdb_ci_computer,cmdb_ci_netgear", "filters": f"sys_id={WEB_02}"}},
        {
            "options": {**several, "columns": "{{ wanted.split(';') }}", "group": "targets"},
            "extra": {"wanted": "os;name"},
        },
        {"options": {"correlation_id": "retired"}},
        {"options": {"number": "CHG0000024", "closed": True}},
        {"options": several, "control": [["POST", "faults", {"action": {"status": 503}, "count": 2}]]},
        {
            "options": several,
            "control": [["POST", "faults", {"path": "task_ci", "action": {"truncate": True}, "count": 1}]],
        },
        {"options": several, "suffix": "yml"},
        {"options": {**several, "strict": True, "compose": {"a": "nowhere"}}},
    ]
    results = outcomes(instance.url, *cases)
    both = ["web-01.example.com", "web-02.example.com"]
    for at in (0, 1, 2, 3, 4, 5, 10, 11):
        assert results[at]["error"] is None, results[at]["error"]
        assert results[at]["groups"]["change_cis"] == both, at
        assert results[at]["all"]["change"]["number"] == number
    assert (
        results[0]["hosts"][both[0]].items()
        >= {"ci_ip_address": "10.0.2.1", "ci_operational_status": "Operational"}.items()
    )
    plain, shown = (results[at]["hosts"][both[0]] for at in (4, 5))
    assert (plain["sys_class_name"], len(plain["support_group"])) == ("cmdb_ci_linux_server", 32)
    assert shown["ci_support_group"] == {"value": plain["support_group"], "display_value": "Hardware"}
    (warning,) = results[5]["warnings"]
    assert warning.startswith(f"No affected item of {number} shows shoe_size; check")
    assert list(results[6]["hosts"]) == both[1:]
    assert results[7]["groups"]["targets"] == both
    assert results[7]["hosts"][both[0]]["ci_os"] == "Debian"
    assert sorted(results[8]["hosts"]) == ["old-01", both[0]]
    assert "items that are retired: old-01." in results[8]["warnings"][0]
    assert results[9]["error"] is None or "no affected items" in results[9]["error"]
    assert results[12]["error"] == "not verified"
    assert "nowhere" in results[13]["error"]
    assert results[13]["fatal"]


def test_a_cache_costs_nothing_and_mixes_nothing(instance: Instance, tmp_path: Path) -> None:
    """The second run sends nothing; another change is not taken for the first; a flush asks again; no secrets."""
    first, second = changed(instance, "one", "web-01"), changed(instance, "two", "web-02")
    kept = tmp_path / "kept"
    options: dict[str, Any] = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(kept)}
    path = source(tmp_path, **options)
    one, two = ["web-01.example.com"], ["web-02.example.com"]

    def listed(number: str) -> tuple[list[str], int]:
        instance.clear_log()
        found = listing(inventory(instance, "-i", path, "--list", environ={"SN_CHANGE_NUMBER": number}))
        assert {host["change"]["number"] for host in found["_meta"]["hostvars"].values()} == {number}
        return found["change_cis"]["hosts"], len(instance.requests())

    assert listed(first) == (one, 2)
    assert listed(first) == (one, 0)
    assert listed(second) == (two, 2)
    instance.seed("task_ci", {"task": instance.rows("change_request", number=first)[0]["sys_id"], "ci_item": WEB_02})
    instance.clear_log()
    name: dict[str, Any] = {"ansible.builtin.debug": {"msg": "{{ inventory_hostname }}"}}
    arguments = ["-i", str(path), "--flush-cache"]
    played = instance.play(
        name, play={"hosts": "all", **LOCAL}, arguments=arguments, environ={"SN_CHANGE_NUMBER": first}
    )
    assert sorted(outcome.result["msg"] for outcome in played.outcomes) == [*one, *two]
    assert len(instance.requests()) == 2
    written = [file.read_text(encoding="utf-8") for file in kept.iterdir()]
    assert len(written) == 2
    assert not [text for text in written if password_of(USER) in text]
    for file in kept.iterdir():
        file.write_text('{"items": 1}', encoding="utf-8")
    assert listed(second) == (two, 2)


def test_more_items_than_fit_into_a_page_or_an_address(instance: Instance) -> None:
    """1,200 items: two pages, and columns of one class in as many addresses as they take."""
    servers = [{"name": f"node-{at:04}", "os": "Debian"} for at in range(1200)]
    items = instance.seed("cmdb_ci_server", *servers)
    changed(instance, "many", *items)
    instance.clear_log()
    (found,) = outcomes(instance.url, {"options": {"correlation_id": "many", "columns": ["os"]}})
    asked = [str(request) for request in instance.requests()]
    assert found["error"] is None
    assert sorted(found["hosts"]) == [server["name"] for server in servers]
    assert {host["ci_os"] for host in found["hosts"].values()} == {"Debian"}
    assert (asked.count(CHANGES), asked.count(ITEMS)) == (1, 2)
    # A sys_id takes 35 characters, so that about 50 of them go into one address.
    assert asked.count("GET /api/now/table/cmdb_ci_server") in range(24, 40)


HIDING = """
extends: demo
access:
  cmdb:
    rows:
      - {query: "nameNOT LIKEsecret"}
    fields:
      serial_number: {read: [asset]}
  cmdb_ci_computer:
    fields:
      os: {read: [asset]}
  task_ci:
    rows:
      - {query: "applied=false"}
"""


def test_what_the_user_may_not_read(tmp_path: Path) -> None:
    """A hidden column is no variable, also not an empty one; a hidden item or association is an error."""
    data = tmp_path / "own.yml"
    data.write_text(HIDING, encoding="utf-8")
    simulator = Simulator(data=str(data))
    with simulator as url:
        (secret,) = simulator.seed("cmdb_ci_server", [{"name": "secret-01"}])

        def change(name: str, *items: str, applied: str = "false") -> None:
            (sys_id,) = simulator.seed("change_request", [{"correlation_id": name, "state": "Implement"}])
            rows = [{"task": sys_id, "ci_item": item, "applied": applied} for item in items]
            simulator.seed("task_ci", rows)

        change("columns", WEB_01)
        change("item", WEB_01, secret)
        change("row", WEB_01, applied="true")
        columns = ["os", "serial_number", "ip_address"]
        cases = [{"options": {"correlation_id": name, "columns": columns}} for name in ("columns", "item", "row")]
        seen, item, row = outcomes(url, *cases)
    assert seen["error"] is None
    (host,) = seen["hosts"].values()
    assert "ci_os" not in host
    assert "ci_serial_number" not in host
    assert host["ci_ip_address"] == "10.0.2.1"
    assert "shows os, serial_number; check the names" in seen["warnings"][0]
    assert f"the user may not read: {secret}" in refused(item)
    assert "The user may not read 1 of the affected items" in refused(row)


def test_secrets_and_texts_of_others(instance: Instance, tmp_path: Path) -> None:
    """No secret is shown, also not with -vvvv; a vault's is used; what a CMDB holds is never evaluated."""
    (odd,) = instance.seed("cmdb_ci_server", {"name": "odd", "short_description": "{{ lookup('pipe', 'id') }}"})
    number = changed(instance, "vaulted", odd)
    vault = tmp_path / "vault.txt"
    vault.write_text("sesame", encoding="utf-8")
    sealed = VaultLib([("default", VaultSecret(b"sesame"))]).encrypt(password_of(USER)).decode()
    text = yaml.safe_dump(
        {
            "plugin": PLUGIN,
            "number": number,
            "columns": ["short_description"],
            "compose": {"told": "'It is ' ~ ci_short_description"},
            "instance": {"username": USER},
        }
    )
    body = "".join(f"    {line}\n" for line in sealed.splitlines())
    path = source(
        tmp_path, text=text.replace(f"  username: {USER}", f"  username: {USER}\n  password: !vault |\n{body}")
    )
    task = {
        "ansible.builtin.debug": {"msg": "{{ ci_short_description }} / {{ told }} / {{ change.short_description }}"}
    }
    played = instance.play(
        task,
        play={"hosts": "all", **LOCAL},
        arguments=["-i", str(path), "--vault-password-file", str(vault), "-vvvv"],
        environ={"SN_PASSWORD": ""},
    )
    assert played.code == 0, played.output
    assert [outcome.result["msg"] for outcome in played.outcomes] == [
        "{{ lookup('pipe', 'id') }} / It is {{ lookup('pipe', 'id') }} / vaulted"
    ]
    assert password_of(USER) not in played.output
    secret = "pass-4f9c0a71"
    echo = {"error": {"message": f"Bad login {secret}", "detail": secret}}
    instance.fault({"status": 400, "body": echo}, count=1)
    wrong = source(tmp_path, number=number, instance={"password": secret})
    done = inventory(instance, "-i", wrong, "--list", "-vvvv")
    assert done.returncode != 0
    assert secret not in done.stdout + done.stderr


def documentation() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "ansible.cli.doc", "-t", "inventory", "--json", PLUGIN],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)[PLUGIN]
    assert isinstance(found, dict)
    return found


def test_the_examples(instance: Instance, tmp_path: Path) -> None:
    """Each example of the documentation is a source that is taken."""
    number = changed(instance, "shop-1", "web-01", "win-file-01", short_description="Deploy shop 1")
    files = list(yaml.safe_load_all(change_cis.EXAMPLES.replace("host: dev1234", f"host: {instance.url}")))
    cases = [
        {"options": files[0], "environ": {"SN_CHANGE_NUMBER": number}},
        {"options": {**files[1], "cache_connection": str(tmp_path)}, "extra": {"release": "shop-1"}},
        {"options": files[2], "environ": {"SHOP_PASSWORD": password_of(USER), "SN_PASSWORD": ""}},
    ]
    assert len(files) == len(cases)
    results = outcomes(instance.url, *cases)
    assert [result["error"] for result in results] == [None] * 3
    assert [len(result["groups"]["change_cis"]) for result in results] == [2, 2, 2]
    assert results[1]["groups"]["windows"] == ["win-file-01"]
    assert results[1]["groups"]["env_Production"] == ["web-01", "win-file-01"]
    assert results[1]["hosts"]["web-01"]["ansible_host"] == "10.0.2.1"


def test_the_documentation_renders() -> None:
    found = documentation()
    options = found["doc"]["options"]
    assert options["instance"]["suboptions"]["host"]["env"] == [{"name": "SN_HOST"}]
    assert {"compose", "keyed_groups", "cache", "number"} <= options.keys()
    assert (REPOSITORY / "plugins" / "inventory" / "change_cis.py").exists()
