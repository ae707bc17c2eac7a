# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong arguments of the library: each is refused in a sentence that names it, and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from tests.integration.helpers import USER, Instance, password_of

from ansible_collections.changegate.snow.plugins.module_utils import auth, oauth
from ansible_collections.changegate.snow.plugins.module_utils.assertion import Assertion
from ansible_collections.changegate.snow.plugins.module_utils.batch import Batch
from ansible_collections.changegate.snow.plugins.module_utils.change import ChangeApi
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.oauth_client import OAuthClient
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder
from ansible_collections.changegate.snow.plugins.module_utils.query import QueryBuilder
from ansible_collections.changegate.snow.plugins.module_utils.token_store import TokenStore

ID = "a" * 32
NAN = float("nan")
TOO_EARLY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))
HALF = "\ud800"

Call = Callable[[Client, Any], object]


def _client(**options: Any) -> Client:
    return Client(**{"host": "https://example.com", "user": "u", "password": "p", **options})


def _batched(client: Client, **options: Any) -> object:
    return Batch(client.transport).add(**{"method": "GET", "path": "/api/now/table/incident", **options})


#: What is called, the values that it must refuse, and the word by which the sentence names the argument.
CASES: dict[str, tuple[Call, list[Any], str]] = {
    "instance": (lambda _c, it: Client(instance=it, user="u", password="p"), [5, True, b"x", ["x"]], "instance"),
    "host": (lambda _c, it: _client(host=it), [5, True, b"x", ["x"], "a b"], "host"),
    "user": (lambda _c, it: _client(user=it), [5, b"x", ["x"], HALF], "username"),
    "password": (lambda _c, it: _client(password=it), [5, b"x", ["x"], HALF], "password"),
    "timeout": (lambda _c, it: _client(timeout=it), [None, 0, -1, True, NAN, "5", 10**5000], "timeout"),
    "deadline": (lambda _c, it: _client(retry_deadline=it), [None, -1, True, NAN, "5", 10**5000], "retry_deadline"),
    "verify": (lambda _c, it: _client(verify=it), [5, b"x", ["x"], "/no/such"], "/no/such|verify"),
    "proxy": (lambda _c, it: _client(proxy=it), [5, b"x", ["x"]], "proxy"),
    "headers": (lambda _c, it: _client(headers=it), [5, "x", ["x"], {"a": 5}, {5: "a"}], "headers"),
    "certificate": (lambda _c, it: _client(certificate=it), [5, "", "ab", ["x"], (1, 2)], "certificate"),
    "auth": (lambda _c, it: Client(host="https://example.com", auth=it), [5, ("u", "p"), "x"], "auth"),
    "transport": (lambda _c, it: Client(transport=it, user="u", password="p"), [5, "x"], "transport"),
    "create": (lambda c, it: c.table("incident").create(it), [None, 5, ["x"], {5: 1}], "payload"),
    "create value": (
        lambda c, it: c.table("incident").create({"urgency": it}),
        [b"x", object(), NAN, datetime(2026, 1, 1), {"a": {1, 2}}],
        "urgency",
    ),
    "update value": (lambda c, it: c.table("incident").update_one(ID, {"urgency": it}), [b"x", NAN], "urgency"),
    "query": (lambda c, it: c.table("incident").get(it), [5, True, b"x", ["x"], HALF], "query|Query"),
    "query value": (
        lambda c, it: c.table("incident").get({"urgency": it}),
        [b"x", object(), NAN, float("inf"), 10**5000, HALF, TOO_EARLY, []],
        "urgency|UTC",
    ),
    "method": (lambda c, it: c.table("incident").request(it), [None, 5, ["x"], "x"], "method"),
    "request params": (lambda c, it: c.table("incident").request("GET", params=it), [5, "x", ["x"]], "params"),
    "request headers": (lambda c, it: c.table("incident").request("GET", headers=it), [5, "x", ["x"]], "headers"),
    "raw": (lambda _c, it: QueryBuilder().field("number").raw(it), [None, 5, b"x"], "raw"),
    "equals": (lambda _c, it: QueryBuilder().field("number").equals(it), [[], None, b"x", {}], "[Ll]ist"),
    "not_equals": (lambda _c, it: QueryBuilder().field("number").not_equals(it), [[], None, b"x"], "[Ll]ist"),
    "stringify": (lambda _c, it: ParamsBuilder.stringify_query(it), [5, None, b"x", HALF], "query"),
    "batch transport": (lambda _c, it: Batch(it), [None, 5, "x"], "transport"),
    "batch params": (lambda c, it: _batched(c, params=it), [5, "x", ["x"]], "params"),
    "batch headers": (lambda c, it: _batched(c, headers=it), [5, "x", ["x"]], "headers"),
    "change transport": (lambda _c, it: ChangeApi(it), [None, 5, "x"], "transport"),
    "association": (lambda c, it: ChangeApi(c.transport).cis(ID, it), [None, 5, ["x"], {}], "association"),
    "display": (lambda c, it: ChangeApi(c.transport).create({"risk": "3"}, it), [5, None, "risk"], "display"),
    "duration": (lambda c, it: ChangeApi(c.transport).ci_schedule(ID, it), [None, 0, NAN, "5"], "duration"),
    "planned": (lambda c, it: ChangeApi(c.transport).ci_schedule(ID, 60, it), [TOO_EARLY, "x"], "planned_start|UTC"),
    "store": (lambda _c, it: TokenStore(it), [5, True, ["x"], "relative"], "folder for tokens"),
    "patience": (lambda _c, it: TokenStore("/tmp/none", it), [None, -1, NAN, "5", True], "patience"),
    "lifetime": (lambda _c, it: Assertion("k", "s", lifetime=it), [None, 0, NAN, "5", True], "lifetime"),
    "key_id": (lambda _c, it: Assertion("k", "s", key_id=it), [5, b"x", ["x"]], "key_id"),
    "token": (lambda _c, it: auth.TokenAuth(it), [None, 5, b"x", "", "a\nb", HALF], "access_token"),
    "set_token": (
        lambda _c, it: OAuthClient("a", "b", host="https://example.com").set_token(it),
        [5, "x", ["x"], {"scope": "x"}],
        "token",
    ),
    "strict": (lambda c, it: ChangeApi(c.transport).create({"risk": "3"}, strict=it), [None, 0, "no"], "strict"),
    "progress": (lambda c, it: ChangeApi(c.transport).wait(ID, progress=it), [5, "x"], "progress"),
    "worker progress": (lambda c, it: ChangeApi(c.transport).schedule(ID, progress=it), [5, "x"], "progress"),
    "conflict progress": (lambda c, it: ChangeApi(c.transport).check_conflicts(ID, progress=it), [5, "x"], "progress"),
    "token_store": (lambda _c, it: oauth.ClientCredentials("a", "b", store=it), [5, True, "/tmp"], "store"),
    "client's store": (
        lambda _c, it: OAuthClient("a", "b", host="https://example.com", token_store=it),
        [5, True, "/tmp"],
        "token_store",
    ),
    "token_updater": (
        lambda _c, it: OAuthClient("a", "b", it, host="https://example.com"),
        [5, "x", {}],
        "token_updater",
    ),
    "assertion": (lambda _c, it: oauth.JwtBearer("a", "b", it), [None, 5, "x"], "assertion"),
    "old token": (lambda _c, it: oauth.RefreshTokenGrant("a", "b", "c", token=it), [5, "x", ["x"]], "token"),
    "grant": (lambda _c, it: oauth.PasswordGrant("a", "b", it, "d"), [None, 5, b"x", "", HALF], "username"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_argument_is_named_and_nothing_is_sent(instance: Instance, name: str) -> None:
    call, values, word = CASES[name]
    with Client(host=instance.url, user=USER, password=password_of(USER)) as client:
        for value in values:
            with pytest.raises(InvalidUsage, match=word) as caught:
                call(client, value)
            assert str(caught.value).endswith(".")
    assert instance.requests() == []


@pytest.mark.parametrize("lifetime", ["1e999", "NaN", "1" + "0" * 400])
def test_a_token_of_an_absurd_lifetime_is_used(lifetime: str) -> None:
    token = {"access_token": "x", "expires_in": float(lifetime) if "0" * 9 not in lifetime else int(lifetime)}
    assert oauth.usable(oauth.dated(token, 0.0), 0.0)
