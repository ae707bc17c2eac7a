# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What our library does where it is not as pysnow, a test for each row of the table in docs/from-pysnow.md."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from tests.integration.ported import differences
from tests.integration.ported.differences import DIFFERENCES, GUIDE
from tests.integration.ported.loading import loaded, ours
from tests.simulator.clients import host, pysnow_client, seed
from tests.simulator.desk import Desk, lay
from tests.simulator.support import CHG24, Sim

ROWS = [
    line.split(" | ")[0].removeprefix("| ")
    for line in GUIDE.read_text(encoding="utf-8").splitlines()
    if line[:2] == "| "
]
TOPICS = {value for name, value in vars(differences).items() if name.isupper() and isinstance(value, str)}
TESTED: set[str] = set()
NUMBER = {"number": "INC0000055"}

Test = Callable[..., None]


def instead(*topics: str) -> Callable[[Test], Test]:
    """Marks a test as showing what happens instead."""
    TESTED.update(topics)
    return lambda test: test


@pytest.fixture
def pysnow() -> Any:
    return ours()


@pytest.fixture
def incident(sim: Sim) -> Any:
    return pysnow_client(sim).resource(api_path="/table/incident")


@pytest.fixture
def desk(sim: Sim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return lay(sim, tmp_path, monkeypatch)


def oauth(pysnow: Any, sim: Sim, secret: str = "changegate-secret") -> Any:
    return pysnow.OAuthClient(client_id="changegate", client_secret=secret, host=host(sim), use_ssl=False)


# The table itself --------------------------------------------------------------------------------------


def test_every_difference_is_in_the_guide_and_has_a_test() -> None:
    rows = ROWS[ROWS.index("what") + 1 :]
    assert sorted(rows) == sorted(TOPICS) == sorted(TESTED)
    assert set(DIFFERENCES.values()) <= TOPICS


def test_every_test_that_differs_is_there() -> None:
    """One that was renamed would pass for none."""
    examples = [*loaded("test_pysnow_usage", ours()).examples, *loaded("test_pysnow_examples", ours()).examples]
    for case in DIFFERENCES:
        file, _, test = case.partition("::")
        name, _, section = test.removesuffix("]").partition("[")
        source = (
            (GUIDE.parents[1] / "tests" / "simulator" / file) if "_pysnow_" in file else Path(__file__).parent / file
        )
        assert f"def {name}(" in source.read_text(encoding="utf-8"), case
        assert not section[:1].isdigit() or section in examples, case


def test_the_example_of_the_guide(sim: Sim, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    here = code.replace('"dev12345.service-now.com"', repr(sim.url)).replace('"secret"', '"ansible-password"')
    exec(compile(here, str(GUIDE), "exec"), {})
    assert capsys.readouterr().out.split() == ["INC0000065", "INC0000062", "none"]


# Answers -----------------------------------------------------------------------------------------------


@instead(differences.HTTP_ERRORS)
def test_with_the_library_s_own_error_the_same_tests_pass(sim: Sim, desk: Desk, pysnow: Any) -> None:
    """One more change where a script catches ``requests.HTTPError``: it is ``pysnow.exceptions.ResponseError``."""
    own = SimpleNamespace(**{**vars(requests), "HTTPError": pysnow.exceptions.ResponseError})
    usage, responses = loaded("test_pysnow_usage", pysnow), loaded("test_pysnow_responses", pysnow)
    vars(usage)["requests"] = vars(responses)["requests"] = own
    usage.examples.run("16.2 Resource object parameters", desk)
    sim.simulator.instance.reset()
    responses.test_create_update_delete(sim, desk.incident())


@instead(differences.BASES)
def test_bases_of_exceptions(pysnow: Any) -> None:
    errors = pysnow.exceptions
    queries = [kind for name, kind in vars(errors).items() if name.startswith("Query")]
    assert len(queries) == 5
    assert all(issubclass(kind, errors.InvalidUsage) for kind in queries)
    assert errors.EmptyContent.__mro__[1:3] == (errors.MissingResult, errors.UnexpectedResponseFormat)
    assert issubclass(errors.TokenCreateError, errors.ResponseError)


@instead(differences.ERROR_IN_200)
def test_an_error_in_a_good_answer(sim: Sim, incident: Any, pysnow: Any) -> None:
    wrong = pysnow.Client(host=host(sim), use_ssl=False, user="ansible", password="wrong")
    for refused, status in ((wrong, 401), (pysnow_client(sim, "joe.employee"), 403)):
        with pytest.raises(pysnow.exceptions.ResponseError) as caught:
            refused.resource(api_path="/table/incident").get(query={}).all()
        assert caught.value.status == status
    with pytest.raises(pysnow.exceptions.ResponseError, match="status 400"):
        pysnow_client(sim).resource(api_path="/table/nothing").get(query={}, stream=True).first()
    body = {"error": {"message": "Transaction cancelled", "detail": "too long"}, "status": "failure"}
    sim.fault("/api/now/table", action={"status": 200, "body": body})
    for stream in (True, False):
        with pytest.raises(pysnow.exceptions.ResponseError, match="Transaction cancelled"):
            list(incident.get(query={}, stream=stream).all())


@instead(differences.FIRST)
def test_first_without_a_stream(incident: Any, pysnow: Any) -> None:
    assert incident.get(query={"state": 3}).first()["number"] == "INC0000063"
    assert incident.get(query={"state": 8}).first_or_none() is None
    with pytest.raises(pysnow.exceptions.NoResults):
        incident.get(query={"state": 8}, stream=True).first()


@instead(differences.LIMIT, differences.SENDING)
def test_a_list_is_read_when_and_as_far_as_it_is_asked_for(sim: Sim, incident: Any) -> None:
    many: dict[str, object] = {"correlation_id": "many"}
    seed(sim, "incident", *[many] * 10_050)
    before = len(sim.log())
    found = incident.get(query={"correlation_id": "many"}, fields=["sys_id"])
    assert len(sim.log()) == before
    assert len({record["sys_id"] for record in found.all()}) == 10_050
    assert len(incident.get(query={"correlation_id": "many"}, fields=["sys_id"], limit=3).all()) == 3


@instead(differences.ORDER)
def test_records_have_an_order(incident: Any) -> None:
    keys = [record["sys_id"] for record in incident.get(query={}).all()]
    assert keys == sorted(keys)
    assert incident.get(query={}, stream=True).first()["sys_id"] == keys[0]


@instead(differences.COUNT)
def test_count(incident: Any) -> None:
    response = incident.get(query="ORDERBYnumber", stream=True)
    records = response.all()
    assert next(records)["number"] == "INC0000055"
    assert response.count == 7
    assert len(list(records)) == 6
    assert incident.get(query={}, limit=2).count == 7


# Parameters and queries --------------------------------------------------------------------------------


@instead(differences.PARAMETERS, differences.DEFAULTS)
def test_parameters(sim: Sim, incident: Any) -> None:
    parameters = incident.parameters
    assert (parameters.limit, parameters.display_value, parameters.fields) == (None, False, "")
    assert parameters.as_dict() == {}
    parameters.limit, parameters.fields = 2, ["number", "state"]
    assert [set(record) for record in incident.get(query={}).all()] == [{"number", "state"}] * 2
    assert len(incident.get(query={}, limit=3).all()) == 3
    assert parameters.as_dict() == {"sysparm_limit": "2", "sysparm_fields": "number,state"}
    # Values that are set and read work as with pysnow.
    parameters.display_value = "all"
    record = incident.get(query=NUMBER, fields=["state", "caller_id"]).one()
    assert record["state"] == {"display_value": "In Progress", "value": "2"}
    parameters.suppress_pagination_header = True
    assert "Link" not in incident.get(query={}, limit=2).headers
    parameters.suppress_pagination_header = False
    assert "Link" in incident.get(query={}, limit=2).headers


@instead(differences.DATA_QUERIES)
def test_queries_as_dicts(incident: Any, pysnow: Any) -> None:
    text = pysnow.ParamsBuilder.stringify_query
    assert text({"a": "x^b=y"}) == "a=x^^b=y"
    assert text({"a": ["x", "y"], "b": None, "c": {"contains": "z"}}) == "aINx,y^bISEMPTY^cLIKEz"
    with pytest.raises(pysnow.exceptions.QueryTypeError):
        incident.get(query={"caller_id": "javascript:gs.getUserID()"})


@instead(differences.BUILDER)
def test_what_a_builder_refuses_and_takes(pysnow: Any) -> None:
    errors, build = pysnow.exceptions, pysnow.QueryBuilder
    assert str(build().field("a").equals("x^b=y")) == "a=x^^b=y"
    assert (
        str(build().field("a").equals(5).OR().field("a").equals(datetime(2024, 1, 1))) == "a=5^ORa=2024-01-01 00:00:00"
    )
    assert str(build().field("a").raw("=javascript:gs.getUserID()")) == "a=javascript:gs.getUserID()"
    for value in ("javascript:gs.getUserID()", "two\nlines"):
        with pytest.raises(errors.QueryTypeError):
            build().field("a").equals(value)
    with pytest.raises(errors.QueryMissingField):
        build().field("a^b")
    with pytest.raises(errors.QueryMultipleExpressions):
        build().field("a").equals("x").field("b").order_ascending()
    with pytest.raises(errors.QueryMissingField):
        build().order_ascending()


@instead(differences.BETWEEN)
def test_between_aware_datetimes(sim: Sim, pysnow: Any) -> None:
    """INC0000062 was opened at noon of UTC, whatever the time zone of the user."""
    start = datetime(2024, 3, 6, 13, tzinfo=timezone(timedelta(hours=1)))
    query = pysnow.QueryBuilder().field("opened_at").between(start, datetime(2024, 3, 6, 12, 0, 1, tzinfo=UTC))
    for user in ("ansible", "david.loo"):
        found = pysnow_client(sim, user).resource(api_path="/table/incident").get(query=query)
        assert found.one()["number"] == "INC0000062"


# Writes and requests -----------------------------------------------------------------------------------


@instead(differences.UPDATES, differences.WRITTEN)
def test_writes(sim: Sim, incident: Any) -> None:
    made = incident.create({"short_description": "by a mapping"})
    assert dict(made) == made.one() == json.loads(json.dumps(dict(made)))
    assert made.get("nothing") is None
    with pytest.raises(KeyError):
        made["nothing"]
    assert incident.update({"sys_id": made["sys_id"]}, {"urgency": "1"})["urgency"] == "1"
    assert sim.log()[-1]["method"] == "PATCH"
    removed = pysnow_client(sim, "admin").resource(api_path="/table/incident").delete({"sys_id": made["sys_id"]})
    assert json.dumps(dict(removed)) == '{"status": "record deleted"}'


@instead(differences.KEYWORDS)
def test_keywords_of_a_request(sim: Sim, incident: Any) -> None:
    key = incident.get(query=NUMBER)["sys_id"]
    assert incident.request("get", key, params={"sysparm_fields": "number"}).one() == NUMBER
    assert incident.request("PATCH", f"/{key}", data='{"urgency": "2"}')["urgency"] == "2"
    with pytest.raises(TypeError, match="files"):
        incident.request("POST", files={})
    assert len(sim.log()) == 3


@instead(differences.CLASSES, differences.OLD)
def test_what_is_not_there(pysnow: Any) -> None:
    assert not [name for name in ("query", "insert", "session") if hasattr(pysnow.Client, name)]
    with pytest.raises(TypeError):
        pysnow.Resource(base_url="https://a", base_path="/api/now", api_path="/table/incident")
    # A script that makes an error of its own can do it with a text.
    assert str(pysnow.exceptions.ResponseError("refused")) == "refused"


@instead(differences.RETRIES)
def test_retries(sim: Sim) -> None:
    sim.fault("/api/now/table", action={"status": 503, "headers": {"Retry-After": "0"}}, count=1)
    assert pysnow_client(sim).resource("/table/incident").get(query=NUMBER).one()
    sim.fault("/api/now/table", action={"status": 503, "headers": {"Retry-After": "0"}}, count=1)
    once = pysnow_client(sim, retry_deadline=0).resource("/table/incident")
    with pytest.raises(ours().exceptions.ResponseError, match="503"):
        once.get(query=NUMBER).one()


# Attachments and tokens --------------------------------------------------------------------------------


@instead(differences.MULTIPART)
def test_uploads(sim: Sim, tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(b"the plan")
    attachments = pysnow_client(sim).resource(api_path="/table/change_request").attachments
    made = attachments.upload(sys_id=CHG24, file_path=str(file))
    assert (made["file_name"], made["size_bytes"], made["table_sys_id"]) == ("plan.txt", "8", CHG24)
    attachments.upload(CHG24, str(file), name="renamed.txt", multipart=True)
    assert sorted(item["file_name"] for item in attachments.get(sys_id=CHG24)) == ["plan.txt", "renamed.txt"]
    assert attachments.delete(sys_id=made["sys_id"]) == {"status": "record deleted"}


@instead(differences.TOKENS, differences.RENEWAL)
def test_tokens(sim: Sim, pysnow: Any) -> None:
    client = oauth(pysnow, sim)
    with pytest.raises(pysnow.exceptions.MissingToken):
        client.resource(api_path="/table/incident").get(query=NUMBER).one()
    token = client.generate_token("ansible", "ansible-password")
    client.set_token({"access_token": token["access_token"], "refresh_token": token["refresh_token"]})
    sim.control("PUT", "clock", {"advance_seconds": 1801})
    assert client.resource(api_path="/table/incident").get(query=NUMBER).one()["number"] == "INC0000055"
    assert [entry["status"] for entry in sim.log()][-3:] == [401, 200, 200]


@instead(differences.TOKEN_ERRORS)
def test_errors_of_tokens(sim: Sim, pysnow: Any) -> None:
    for client in (oauth(pysnow, sim, "wrong"), oauth(pysnow, sim)):
        with pytest.raises(pysnow.exceptions.TokenCreateError) as caught:
            client.generate_token("ansible", "wrong")
        assert caught.value.status == 401
    client = oauth(pysnow, sim)
    client.set_token(client.generate_token("ansible", "ansible-password"))
    sim.control("PUT", "clock", {"advance_seconds": 8_640_001})
    with pytest.raises(pysnow.exceptions.TokenCreateError, match="access_denied"):
        client.resource(api_path="/table/incident").get(query=NUMBER).one()
