# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library from Python, in the words of pysnow's own examples, against the simulator."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.integration.helpers import USER, Instance, password_of

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.oauth_client import OAuthClient
from ansible_collections.changegate.snow.plugins.module_utils.query import QueryBuilder
from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource

INCIDENTS = "/table/incident"


@pytest.fixture
def incident(client: Client) -> Resource:
    return client.resource(api_path=INCIDENTS)


def seed(instance: Instance, count: int, **values: Any) -> None:
    records = [{"short_description": f"Record {number}", **values} for number in range(count)]
    instance.control("POST", "seed", {"table": "incident", "records": records})


def test_create_read_update_delete(instance: Instance) -> None:
    """A record through its life, as in pysnow's first examples."""
    client = Client(host=instance.url, user="admin", password=password_of("admin"))
    incident = client.resource(api_path=INCIDENTS)
    made = incident.create(payload={"short_description": "Pysnow created incident", "description": "This is awesome"})
    assert len(made["sys_id"]) == 32
    changed = incident.update(query={"number": made["number"]}, payload={"short_description": "New short description"})
    assert changed["short_description"] == "New short description"
    assert incident.get(query={"number": made["number"]}).one()["description"] == "This is awesome"
    assert incident.get(query={"number": made["number"]})["description"] == "This is awesome"
    assert incident.delete(query={"number": made["number"]}) == {"status": "record deleted"}
    assert incident.get(query={"number": made["number"]}).one_or_none() is None
    assert [request.method for request in instance.writes()] == ["POST", "PATCH", "DELETE"]
    client.close()


def test_one_first_and_all(incident: Resource) -> None:
    """one wants exactly one, first takes any, and both have a form that gives None."""
    one, none, many = {"number": "INC0000055"}, {"number": "INC404"}, {"category": "hardware"}
    assert incident.get(query=one).one()["number"] == "INC0000055"
    assert incident.get(query=one).one_or_none() == incident.get(query=one).first()
    assert incident.get(query=none).one_or_none() is incident.get(query=none).first_or_none() is None
    assert {record["number"] for record in incident.get(query=many).all()} == {"INC0000062", "INC0000065"}
    assert incident.get(query=many).first()["category"] == "hardware"
    assert len(list(incident.get(query=many))) == incident.get(query=many, limit=1).count == 2
    for query in (none, many):
        with pytest.raises(errors.NoResults if query is none else errors.MultipleResults):
            incident.get(query=query).one()
    with pytest.raises(errors.NoResults):
        incident.get(query=none).first()


def test_response_writes(instance: Instance, incident: Resource, tmp_path: Path) -> None:
    """A response updates, attaches to and deletes the one record that it found, and refuses to with several."""
    path = tmp_path / "notes.txt"
    path.write_text("Notes.")
    found = incident.get(query={"number": "INC0000055"})
    assert found.update({"urgency": "2"})["urgency"] == "2"
    uploaded = found.upload(str(path))
    assert (uploaded["file_name"], uploaded["hash"]) == ("notes.txt", hashlib.sha256(b"Notes.").hexdigest())
    several = incident.get(query={"category": "hardware"})
    instance.clear_log()
    for write in (lambda: several.update({"urgency": "1"}), several.delete, lambda: several.upload(str(path))):
        with pytest.raises(errors.MultipleResults):
            write()
    for query in ({"category": "hardware"}, "category=hardware"):
        with pytest.raises(errors.MultipleResults):
            incident.update(query=query, payload={"urgency": "1"})
        with pytest.raises(errors.MultipleResults):
            incident.delete(query=query)
    assert instance.writes() == []


def test_paging_loses_and_repeats_nothing(instance: Instance, incident: Resource) -> None:
    """2,500 records that sort alike come back once each, in three requests and no request for a count."""
    seed(instance, 2500, correlation_display="page")
    instance.clear_log()
    found = [
        record["sys_id"] for record in incident.get(query={"correlation_display": "page"}, fields=["sys_id"]).all()
    ]
    assert (len(found), len(set(found))) == (2500, 2500)
    assert len(instance.requests()) == 3
    # An instance breaks ties as it likes, on each page anew, unless the last sort key is unique.
    assert all("ORDERBYsys_id" in request.query for request in instance.requests())
    assert len({request.connection for request in instance.requests()}) <= 5
    instance.clear_log()
    query = QueryBuilder().field("correlation_display").equals("page").AND().field("priority").order_descending()
    part = [record["sys_id"] for record in incident.get(query=query, limit=1200, offset=100).all()]
    assert (len(part), len(set(part))) == (1200, 1200)
    assert len(instance.requests()) == 2


def test_pages_are_fetched_when_needed(instance: Instance, incident: Resource) -> None:
    """Looking at the first record of many fetches no page of them; the number of all comes in a header."""
    seed(instance, 1100, correlation_display="page")
    instance.clear_log()
    response = incident.get(query={"correlation_display": "page"}, fields=["number"])
    assert response.count == 1100
    assert set(response.first()) == {"number"}
    assert len(instance.requests()) == 1
    assert "sysparm_limit=2&" in instance.requests()[0].query
    assert len(response.all()) == 1100
    assert len(instance.requests()) == 3


def test_parameters(client: Client, incident: Resource) -> None:
    """Parameters of the resource are its own; display values, links and fields follow them."""
    incident.parameters.display_value = True
    incident.parameters.exclude_reference_link = True
    shown = incident.get(query={"number": "INC0000055"}, fields=["state", "assigned_to"]).one()
    assert shown == {"state": "In Progress", "assigned_to": "Beth Anglin"}
    plain = client.resource(api_path=INCIDENTS).get(query={"number": "INC0000055"}, fields=["state"]).one()
    assert plain == {"state": "2"}


def test_query_builder_against_the_server(instance: Instance, incident: Resource) -> None:
    """What the builder writes means on the server what it says, odd values included."""
    odd = ["a^b", "x=y", "ORDERBY", "^NQnumberISNOTEMPTY", "50% off", "_", "it's", "ä€"]
    records = [{"short_description": text, "correlation_display": "odd"} for text in odd]
    instance.control("POST", "seed", {"table": "incident", "records": records})
    for text in odd:
        for query in (
            QueryBuilder().field("short_description").equals(text),
            QueryBuilder().field("correlation_display").equals("odd").AND().field("short_description").contains(text),
        ):
            found = [record["short_description"] for record in incident.get(query=query).all()]
            assert found == [text], query
    both = QueryBuilder().field("number").equals(["INC0000055", "INC0000060"]).AND().field("number").order_descending()
    assert [record["number"] for record in incident.get(query=both).all()] == ["INC0000060", "INC0000055"]
    either = QueryBuilder().field("number").equals("INC0000055").OR().field("number").equals("INC0000060")
    assert incident.get(query=either).count == 2
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    before = QueryBuilder().field("opened_at").less_than(datetime(2024, 3, 2, tzinfo=UTC))
    after = QueryBuilder().field("opened_at").greater_than(tomorrow)
    assert [record["number"] for record in incident.get(query=before).all()] == ["INC0000060"]
    assert incident.get(query=after).count == 0
    span = (datetime(2024, 3, 4, tzinfo=UTC), datetime(2024, 3, 5, tzinfo=UTC))
    between = QueryBuilder().field("opened_at").between(*span)
    assert [record["number"] for record in incident.get(query=between).all()] == ["INC0000055"]


def test_attachments(instance: Instance, incident: Resource, tmp_path: Path) -> None:
    """Files of one record, or of all records of the table; upload and delete."""
    path = tmp_path / "a ^&+ä.bin"
    path.write_bytes(bytes(range(256)))
    first, second = (incident.get(query={"number": number}).one()["sys_id"] for number in ("INC0000055", "INC0000060"))
    files = incident.attachments
    uploaded = files.upload(sys_id=first, file_path=str(path))
    files.upload(sys_id=second, file_path=str(path), name="other.bin")
    assert uploaded["file_name"] == path.name
    content = requests.get(uploaded["download_link"], auth=(USER, password_of(USER)), timeout=10).content
    assert content == path.read_bytes()
    assert [item["file_name"] for item in files.get(sys_id=second)] == ["other.bin"]
    assert len(list(files.get())) == 2
    assert len(list(files.get(limit=1))) == 1
    files.delete(uploaded["sys_id"])
    assert list(files.get(sys_id=first)) == []
    with pytest.raises(errors.InvalidUsage):
        _ = Resource(incident._transport, "/stats/incident").attachments


def test_request_of_the_callers_own(incident: Resource, client: Client) -> None:
    """Any method below a path, and any API: what pysnow calls custom requests."""
    record = incident.get(query={"number": "INC0000055"}).one()
    response = incident.request("GET", path_append=f"/{record['sys_id']}", params={"sysparm_fields": "number"})
    assert response.one() == {"number": "INC0000055"}
    changes = client.resource(api_path="/change", base_path="/api/sn_chg_rest")
    assert changes.get(limit=1).first()
    link = incident.get_record_link(record["sys_id"])
    assert link.endswith(f"/api/now/table/incident/{record['sys_id']}")
    # A text is JSON, if nothing else is said, and a method is written as one likes.
    written = incident.request("patch", record["sys_id"], data=json.dumps({"short_description": "Zürich"}))
    assert written.one()["short_description"] == "Zürich"
    with pytest.raises(errors.ResponseError):
        incident.request("PATCH", record["sys_id"], {"content-type": "text/plain"}, data=b'{"urgency": "1"}')


def test_an_answer_without_a_result_is_an_error_when_it_is_read(instance: Instance, incident: Resource) -> None:
    """Whoever sends something off and does not look at the answer is not told that there is none."""
    instance.fault({"status": 204, "body": ""}, method="POST", count=1)
    sent = incident.request("POST", json={"short_description": "sent off"})
    with pytest.raises(errors.EmptyContent, match=r"POST /api/now/table/incident is empty \(status 204\)"):
        sent.one()
    instance.fault({"status": 200, "body": {"status": "queued"}}, method="POST", count=1)
    assert sent.headers["X-Is-Logged-In"] == "true"
    answered = incident.request("POST", json={"short_description": "sent off"})
    with pytest.raises(errors.MissingResult) as missing:
        answered.all()
    assert not isinstance(missing.value, errors.EmptyContent)
    instance.fault({"status": 202, "body": ""}, method="GET", count=1)
    with pytest.raises(errors.EmptyContent):
        incident.get(query={"number": "INC0000055"}).all()


def test_errors(instance: Instance, client: Client, incident: Resource) -> None:
    """Each refusal is an exception of its kind that knows status, request and transaction."""
    with pytest.raises(errors.ResponseError) as unknown_table:
        client.resource(api_path="/table/u_none").get().first()
    assert unknown_table.value.status == 400
    with pytest.raises(errors.NotFound) as gone:
        incident.update_one("0" * 32, {"urgency": "1"})
    assert (gone.value.status, gone.value.request) == (404, f"PATCH /api/now/table/incident/{'0' * 32}")
    assert gone.value.transaction_id
    with pytest.raises(errors.Forbidden):
        incident.delete(query={"number": "INC0000055"})
    with pytest.raises(errors.AuthenticationFailed):
        Client(host=instance.url, user=USER, password="wrong").resource(api_path=INCIDENTS).get().first()
    for broken in (
        {"user": USER},
        {"session": requests.Session(), "user": USER, "password": "x"},
        {"instance": "dev1"},
    ):
        with pytest.raises(errors.InvalidUsage):
            Client(**{"host": instance.url, **broken})  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidUsage):
        client.resource(api_path="table/incident")


def test_a_session_of_the_caller(instance: Instance) -> None:
    """A session that signs by itself is used as it is."""
    session = requests.Session()
    session.auth = ("abel.tuter", password_of("abel.tuter"))
    Client(host=instance.url, session=session).resource(api_path=INCIDENTS).get(limit=1).first()
    assert {request.user for request in instance.requests()} == {"abel.tuter"}


def test_oauth_client(instance: Instance) -> None:
    """A token is generated, set, renewed when the instance ends it, and handed to the updater."""
    kept: list[Any] = []
    client = OAuthClient("changegate", "changegate-secret", token_updater=kept.append, host=instance.url)
    incident = client.resource(api_path=INCIDENTS)
    with pytest.raises(errors.MissingToken):
        incident.get(limit=1).first()
    token = client.generate_token("abel.tuter", password_of("abel.tuter"))
    with pytest.raises(errors.MissingToken):
        incident.get(limit=1).first()  # generated, but not set
    client.set_token(token)
    assert incident.get(limit=1).one()
    instance.control("PUT", "clock", {"advance_seconds": 1801})
    assert incident.get(limit=1).one()
    assert [fresh["access_token"] for fresh in kept] != [token["access_token"]]
    assert len(kept) == 1
    assert client.token == kept[0]
    users = [request.user for request in instance.requests() if request.path != "/oauth_token.do"]
    assert users == ["abel.tuter", None, "abel.tuter"]
    with pytest.raises(errors.TokenCreateError):
        client.generate_token("abel.tuter", "wrong")


def test_threads_share_a_client(instance: Instance, client: Client) -> None:
    """Twenty threads with one client: every record is made once, and every answer belongs to its question."""
    incident = client.resource(api_path=INCIDENTS)

    def life(number: int) -> tuple[str, str]:
        made = incident.create(payload={"short_description": f"Thread {number}", "correlation_id": f"thread-{number}"})
        query = QueryBuilder().field("correlation_id").equals(f"thread-{number}")
        found = incident.get(query=query).one()
        assert found["sys_id"] == made["sys_id"]
        return found["correlation_id"], incident.update(query=query, payload={"urgency": "1"})["correlation_id"]

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(life, range(60)))
    assert results == [(f"thread-{number}", f"thread-{number}") for number in range(60)]
    rows = [row for row in instance.rows("incident") if row["correlation_id"].startswith("thread-")]
    assert len(rows) == 60
    assert {row["urgency"] for row in rows} == {"1"}
    assert client.transport.count == len(instance.requests())


def test_threads_share_a_token(instance: Instance) -> None:
    """Threads that meet an expired token together all go on, with one new token for all of them."""
    client = OAuthClient("changegate", "changegate-secret", host=instance.url)
    client.set_token(client.generate_token(USER, password_of(USER)))
    instance.control("PUT", "clock", {"advance_seconds": 1801})
    incident = client.resource(api_path=INCIDENTS)
    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(lambda _number: incident.get(limit=1).one()["number"], range(30)))
    assert len(set(found)) == 1
    refused = [request for request in instance.requests() if request.status == 401]
    assert len(refused) <= 10
    asked = [request for request in instance.requests() if request.path == "/oauth_token.do"]
    assert len(asked) == 2  # the first one, and its renewal


@pytest.fixture
def hurried(instance: Instance) -> Iterator[Resource]:
    """The table for a user who may do all, and who does not look for what was lost for long."""
    with Client(host=instance.url, user="admin", password=password_of("admin"), retry_deadline=0.8) as made:
        yield made.table("incident")


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": "before"},
        {"drop": "after"},
        {"truncate": True},
        {"status": 204, "body": "", "when": "after"},
        {"status": 503, "when": "after"},
        {"status": 503},
    ],
    ids=str,
)
def test_a_create_is_made_once(instance: Instance, hurried: Resource, fault: dict[str, Any]) -> None:
    """Whatever becomes of the answer, there is one record in the end, and it is the one that comes back."""
    instance.fault(fault, path=INCIDENTS, method="POST", count=1)
    made = hurried.create({"short_description": "once", "impact": 2})
    assert (made["short_description"], made["impact"], made.unapplied) == ("once", "2", [])
    assert [row["sys_id"] for row in instance.rows("incident", short_description="once")] == [made["sys_id"]]


def test_a_create_on_an_instance_that_makes_its_own_sys_ids(instance: Instance, hurried: Resource) -> None:
    """What is lost there cannot be looked up: a second record is taken back, and what is unknown is said."""
    own = {"ignore_fields": ["sys_id"]}
    for number, told in enumerate(["a second one was deleted again", "it may be there twice, once as "]):
        instance.fault({"status": 403}, path=INCIDENTS, method="DELETE", skip=1, count=1)
        instance.fault({**own, "drop": "after"}, path=INCIDENTS, method="POST", count=1)
        instance.fault(own, path=INCIDENTS, method="POST", count=2)
        with pytest.raises(errors.OutcomeUnknown, match=told):
            hurried.create({"short_description": f"lost {number}"})
        assert len(instance.rows("incident", short_description=f"lost {number}")) == number + 1
        assert hurried.create({"short_description": "own"})["short_description"] == "own"


def test_a_create_that_nobody_can_look_for(instance: Instance, hurried: Resource) -> None:
    """Where the look-up fails, too, the error says by what to look; a sys_id of the caller's and once=False do not."""
    instance.fault({"drop": "after"}, path=INCIDENTS, method="POST", count=1)
    instance.fault({"status": 404}, path=INCIDENTS, method="GET")
    with pytest.raises(errors.OutcomeUnknown, match=r"[0-9a-f]{32}") as unknown:
        hurried.create({"short_description": "hidden"})
    (row,) = instance.rows("incident", short_description="hidden")
    assert row["sys_id"] in str(unknown.value)
    for payload, once in (({"sys_id": "a" * 32}, True), ({"short_description": "as it is"}, False)):
        instance.fault({"drop": "after"}, path=INCIDENTS, method="POST", count=1)
        instance.clear_log()
        with pytest.raises(errors.OutcomeUnknown):
            hurried.create(payload, once=once)
        assert len(instance.requests()) == 1
    with pytest.raises(errors.InvalidUsage, match="once is 'no'"):
        hurried.create({}, once="no")  # type: ignore[arg-type]


def test_a_create_that_its_user_may_not_read(instance: Instance, hurried: Resource) -> None:
    """It is done, and so not sent again, though neither the answer nor a look-up shows it."""
    instance.fault({"status": 201, "body": "", "when": "after"}, path=INCIDENTS, method="POST", count=1)
    instance.fault({"status": 404}, path=INCIDENTS, method="GET")
    with pytest.raises(errors.EmptyContent):
        hurried.create({"short_description": "unseen"})
    assert len(instance.rows("incident", short_description="unseen")) == 1
    assert len(instance.writes()) == 1


def test_a_create_that_is_refused(instance: Instance, hurried: Resource) -> None:
    """What the instance says no to is its own error, and leaves nothing."""
    instance.fault({"status": 400}, path=INCIDENTS, method="POST", count=1)
    with pytest.raises(errors.ResponseError):
        hurried.create({"short_description": "no"})
    instance.fault({"status": 403}, path=INCIDENTS, method="POST", count=1)
    with pytest.raises(errors.Forbidden):
        hurried.create({"short_description": "no"})
    instance.fault({"html": "hibernating"}, path=INCIDENTS)
    with pytest.raises(errors.InstanceUnavailable):
        hurried.create({"short_description": "no"})
    assert instance.rows("incident", short_description="no") == []


def test_a_delete_whose_answer_is_lost(instance: Instance, hurried: Resource) -> None:
    """It was done; NotFound is for what was not there before."""
    for drop in ("before", "after"):
        made = hurried.create({"short_description": "gone"})
        instance.fault({"drop": drop}, path=INCIDENTS, method="DELETE", count=1)
        assert made.delete() == {"status": "record deleted"}
        assert instance.rows("incident", short_description="gone") == []
        with pytest.raises(errors.NotFound):
            hurried.delete_one(made["sys_id"])


def test_an_update_of_a_journal_is_sent_once(instance: Instance, incident: Resource) -> None:
    """Sent again it would add its entry again; what has no journal is sent again."""
    found = incident.get(query={"number": "INC0000055"})
    for payload, sent in (({"urgency": "1"}, 2), ({"urgency": "1", "work_notes": "noted"}, 1)):
        instance.fault({"drop": "after"}, path=INCIDENTS, method="PATCH", count=1)
        instance.clear_log()
        if sent == 1:
            with pytest.raises(errors.OutcomeUnknown):
                found.update(payload)
        else:
            assert found.update(payload)["urgency"] == "1"
        assert len(instance.writes()) == sent
    assert len(instance.rows("sys_journal_field", value="noted")) == 1


@pytest.mark.parametrize("query", [{"u_typo": "x"}, "u_typo=x", {"u_typo": "x", "number": "PRB0040001"}], ids=str)
def test_what_a_dropped_condition_finds_is_not_written(instance: Instance, query: Any) -> None:
    """A condition on a column that the instance does not know is dropped, and finds every record: here the only one."""
    client = Client(host=instance.url, user="admin", password=password_of("admin"))
    problem = client.table("problem")
    with pytest.raises(errors.UnexpectedResponseFormat, match="u_typo"):
        problem.update(query, {"urgency": "1"})
    with pytest.raises(errors.UnexpectedResponseFormat, match="u_typo"):
        problem.delete(query)
    with pytest.raises(errors.QueryEmpty):
        problem.delete({})
    assert instance.writes() == []
    assert problem.update({"number": "PRB0040001"}, {"urgency": "1"})["urgency"] == "1"
