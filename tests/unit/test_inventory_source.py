# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory source asks for, and the hosts that items are."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.change_hosts import (
    Deployment,
    about,
    hosts_of,
    retired,
    unseen,
)
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, MultipleResults
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.inventory_source import Source, source_of, within

DEFAULTS: dict[str, Any] = {
    "sys_id": None,
    "number": None,
    "correlation_id": None,
    "query": None,
    "closed": False,
    "classes": [],
    "filters": None,
    "columns": [],
    "display_value": "display",
    "vars_prefix": "ci_",
    "inventory_hostname": ["fqdn", "name"],
    "group": "change_cis",
}


def made(**options: Any) -> Source:
    return source_of({**DEFAULTS, "number": "CHG1", **options}, ["number", *options])


def item(sys_id: str, **columns: str) -> dict[str, Cell]:
    return {"sys_id": Cell(sys_id, sys_id), **{name: Cell(text, text.title()) for name, text in columns.items()}}


def test_what_stands_in_the_file_goes_before_what_stands_around_it() -> None:
    params = {**DEFAULTS, "number": "CHG1", "correlation_id": "shop-1"}
    assert str(source_of(params, ["correlation_id"]).which) == "change request with correlation_id shop-1"
    assert str(source_of({**params, "correlation_id": ""}, []).which) == "change request with number CHG1"


def test_conditions_on_items() -> None:
    source = made(classes=["cmdb_ci_server", "cmdb_ci_netgear"], filters={"environment": ["Production", "Test"]})
    assert str(source.conditions) == (
        "sys_class_nameINSTANCEOFcmdb_ci_server^ORsys_class_nameINSTANCEOFcmdb_ci_netgear^environmentINProduction,Test"
    )
    assert str(made(classes=["cmdb_ci_server"]).conditions) == "sys_class_nameINSTANCEOFcmdb_ci_server"
    assert made().conditions == Query()
    # An order is not about which items there are.
    assert str(made(filters="name=a^NQname=b^ORDERBYname").conditions) == "name=a^NQname=b"


def test_conditions_through_a_reference() -> None:
    query = from_data({"or": [{"name": {"starts_with": "w^x"}}, {"owned_by": {"same_as": "managed_by"}, "os": None}]})
    assert str(within("ci_item", query)) == (
        "ci_item.nameSTARTSWITHw^^x^NQci_item.owned_bySAMEASci_item.managed_by^ci_item.osISEMPTY"
    )
    with pytest.raises(InvalidUsage, match="filters hold"):
        within("ci_item", Query.parse("RLQUERYtask_ci.ci_item,>=1^ENDRLQUERY"))


def test_what_is_read_tells_sources_apart() -> None:
    assert made().key() == made(display_value="both", vars_prefix="x_").key()
    other = [made(columns=["os"]), made(closed=True), made(filters={"name": "a"}), made(number="CHG2")]
    assert len({str(source.key()) for source in [made(), *other]}) == 5
    assert made(columns=[" OS ", "os"], inventory_hostname=["name", "os"]).asked == ["os", "name"]


def test_names_and_variables() -> None:
    source = made(columns=["os", "support_group.name"])
    items = [item("1", name="web-02", fqdn=" ", os="debian"), item("2", name="x", fqdn="web-01.example.com")]
    hosts = hosts_of([{**items[0], "support_group.name": Cell("a", "A")}, items[1]], source)
    assert [(host.name, host.sys_id) for host in hosts] == [("web-01.example.com", "2"), ("web-02", "1")]
    assert hosts[1].variables == {
        "ci_sys_id": "1", "ci_name": "Web-02", "ci_os": "Debian", "ci_support_group_name": "A",
    }  # fmt: skip
    # The second item shows no os: there is no variable, not an empty one.
    assert hosts[0].variables == {"ci_sys_id": "2", "ci_name": "X"}
    assert hosts_of(items[:1], made(display_value="values", vars_prefix=""))[0].variables["name"] == "web-02"
    assert hosts_of(items[:1], made(display_value="both"))[0].variables["ci_name"] == {
        "value": "web-02",
        "display_value": "Web-02",
    }


@pytest.mark.parametrize("name", ["PS Apache01", "web_1", "größe-1", "10.0.0.1", "fe80::1", "a@b", "sap+x (old)"])
def test_names_that_hosts_may_have(name: str) -> None:
    assert hosts_of([item("1", name=name)], made())[0].name == name


@pytest.mark.parametrize(
    "name",
    ["-oX=1", "{{ x }}", "a\nb", "a,b", "a/b", "../a", "[a]", "a;b", "$x", "a'b", "localhost", "ALL", "Change_CIs"],
)
def test_names_that_no_host_may_have(name: str) -> None:
    with pytest.raises(InvalidUsage, match="no host's name"):
        hosts_of([item("1", name=name)], made())


def test_no_name_and_one_name_twice() -> None:
    with pytest.raises(InvalidUsage, match="shows nothing in fqdn, name"):
        hosts_of([item("1", name=" ")], made())
    with pytest.raises(MultipleResults, match="1 and 2"):
        hosts_of([item("1", name="web"), item("2", name="WEB")], made())


def test_the_rest_of_what_items_tell() -> None:
    items = [
        item("1", name="old", install_status="7"),
        item("2", name="", operational_status="6"),
        item("3", name="new", install_status="1", operational_status="1"),
        item("4", name="unknown"),
    ]
    assert retired(items) == ["old", "2"]
    assert unseen(items, ["name", "install_status", "os"]) == ["os"]
    change = {
        "number": Cell("CHG1", "CHG1"),
        "state": Cell("-1", "Implement"),
        "assignment_group": Cell("id", "Network"),
    }
    assert about(change) == {"number": "CHG1", "state": "-1", "state_label": "Implement", "assignment_group": "Network"}


def test_a_cache_gives_back_what_it_got() -> None:
    deployment = Deployment({"number": "CHG1"}, [item("1", name="web")])
    assert Deployment.unpacked(deployment.packed()) == deployment
    broken: tuple[object, ...] = (
        None,
        "x",
        {},
        {"change": {}, "items": [1]},
        {"change": {}, "items": [{"a": []}]},
        {"change": 1, "items": []},
    )
    for data in broken:
        assert Deployment.unpacked(data) is None
