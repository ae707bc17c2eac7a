# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every class, method and argument that pysnow's document (release 0.7.5, chapters 6 to 13) names is ours too."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
from tests.integration.ported.loading import ours

pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")

#: As the document has them; what it says in words about Resource.get is written as arguments.
DOCUMENT = """
Client(instance=None, host=None, user=None, password=None, raise_on_empty=None, request_params=None, use_ssl=True, \
session=None)
Client.resource(api_path=None, base_path='/api/now', chunk_size=None)
OAuthClient(client_id=None, client_secret=None, token_updater=None, **kwargs)
OAuthClient.set_token(token)
OAuthClient.resource(api_path=None, base_path='/api/now', chunk_size=None)
OAuthClient.generate_token(user, password)
QueryBuilder()
QueryBuilder.field(field)
QueryBuilder.order_descending()
QueryBuilder.order_ascending()
QueryBuilder.starts_with(starts_with)
QueryBuilder.ends_with(ends_with)
QueryBuilder.contains(contains)
QueryBuilder.not_contains(not_contains)
QueryBuilder.is_empty()
QueryBuilder.is_not_empty()
QueryBuilder.equals(data)
QueryBuilder.not_equals(data)
QueryBuilder.greater_than(greater_than)
QueryBuilder.greater_than_or_equal(greater_than)
QueryBuilder.less_than(less_than)
QueryBuilder.less_than_or_equal(less_than)
QueryBuilder.between(start, end)
QueryBuilder.AND()
QueryBuilder.OR()
QueryBuilder.NQ()
Attachment(resource, table_name)
Attachment.get(sys_id=None, limit=100)
Attachment.upload(sys_id, file_path, name=None, multipart=False)
Attachment.delete(sys_id)
Resource(base_url=None, base_path=None, api_path=None, parameters=None, **kwargs)
Resource.get_record_link(sys_id)
Resource.get(query=None, *, limit=None, fields=None, offset=None, stream=False)
Resource.create(payload)
Resource.update(query, payload)
Resource.delete(query)
Resource.request(method, path_append=None, headers=None, **kwargs)
ParamsBuilder()
ParamsBuilder.stringify_query(query)
ParamsBuilder.add_custom(params)
ParamsBuilder.as_dict()
Response(response, resource, chunk_size=8192, stream=False)
Response.all()
Response.first()
Response.first_or_none()
Response.one()
Response.one_or_none()
Response.update(payload)
Response.delete()
Response.upload(*args, **kwargs)
exceptions.ResponseError(error)
exceptions.TokenCreateError(error, description, status_code)
"""
PROPERTIES = (
    "Resource.path", "Resource.attachments", "Response.count", "Response.headers", "ParamsBuilder.custom_params",
    "ParamsBuilder.display_value", "ParamsBuilder.query", "ParamsBuilder.limit", "ParamsBuilder.offset",
    "ParamsBuilder.fields", "ParamsBuilder.exclude_reference_link", "ParamsBuilder.suppress_pagination_header",
)  # fmt: skip
EXCEPTIONS = (
    "InvalidUsage", "ResponseError", "MissingResult", "UnexpectedResponseFormat", "ReportUnavailable", "NoResults",
    "MultipleResults", "MissingToken", "TokenCreateError", "QueryTypeError", "QueryMissingField", "QueryEmpty",
    "QueryExpressionError", "QueryMultipleExpressions",
)  # fmt: skip
LINES = DOCUMENT.replace("\\\n", "").strip().splitlines()


def named(path: str, thing: object = None) -> object:
    thing = thing or ours()
    for name in path.split("."):
        thing = getattr(thing, name)
    return thing


def parameters(call: object) -> list[inspect.Parameter]:
    assert callable(call)
    return [found for found in inspect.signature(call).parameters.values() if found.name != "self"]


def described(line: str) -> list[inspect.Parameter]:
    return parameters(eval(f"lambda {line.partition('(')[2].removesuffix(')')}: None"))


def assert_takes(got: list[inspect.Parameter], wanted: list[inspect.Parameter]) -> None:
    """The same names, order and defaults; what there is beyond them comes after, and may be left out."""
    places = [one.name for one in wanted if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert [one.name for one in got[: len(places)]] == places
    assert all(one.kind is one.POSITIONAL_OR_KEYWORD for one in got[: len(places)])
    by_name = {one.name: one for one in got}
    free = {one.kind for one in wanted} & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
    assert free <= {one.kind for one in got}
    for one in wanted:
        if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY):
            assert by_name[one.name].default == one.default, one.name
    beyond = [one for one in got if one.name not in {one.name for one in wanted}]
    assert all(one.default is not one.empty or one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL) for one in beyond)


@pytest.mark.parametrize("line", LINES, ids=[line.partition("(")[0] for line in LINES])
def test_arguments(line: str) -> None:
    assert_takes(parameters(named(line.partition("(")[0])), described(line))


@pytest.mark.parametrize("line", LINES, ids=[line.partition("(")[0] for line in LINES])
def test_the_list_of_arguments_is_right(line: str) -> None:
    """0.7.17 has them as the list says. Two classes are not at its top."""
    name = line.partition("(")[0]
    module = {"Response": pysnow.response, "Attachment": pysnow.attachment}.get(name.split(".")[0], pysnow)
    got = parameters(named(name, module))
    if name == "Resource.get":
        # Its names are in the document only.
        assert [one.kind for one in got] == [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD]
    else:
        assert_takes(got, described(line))


@pytest.mark.parametrize("path", PROPERTIES)
def test_properties(path: str) -> None:
    found = named(path)
    assert isinstance(found, property)
    owner, name = path.split(".")
    theirs = inspect.getattr_static(getattr(pysnow, owner, pysnow.response.Response), name)
    assert (found.fset is None) == (theirs.fset is None)


def raised() -> Iterator[str]:
    """The exceptions of the document, and those that 0.7.17 has besides."""
    newer = (name for name, _found in inspect.getmembers(pysnow.exceptions, inspect.isclass))
    yield from dict.fromkeys((*EXCEPTIONS, *newer))


@pytest.mark.parametrize("name", list(raised()))
def test_exceptions(name: str) -> None:
    """Each is one of the library's, and a script may raise it without a word."""
    kind = getattr(ours().exceptions, name)
    assert issubclass(kind, ours().exceptions.PysnowException)
    assert isinstance(kind(), kind)


@pytest.mark.parametrize(
    "path",
    [
        f"{owner.__name__}.{name}"
        for owner in (
            pysnow.Client, pysnow.OAuthClient, pysnow.QueryBuilder, pysnow.ParamsBuilder, pysnow.Resource,
            pysnow.response.Response, pysnow.attachment.Attachment,
        )
        for name in vars(owner)
        if not name.startswith("_")
    ],
)  # fmt: skip
def test_whatever_is_public_in_0_7_17(path: str) -> None:
    assert named(path) is not None


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("client", "Client"), ("oauth_client", "OAuthClient"), ("resource", "Resource"), ("response", "Response"),
        ("attachment", "Attachment"), ("params_builder", "ParamsBuilder"), ("query_builder", "QueryBuilder"),
        ("exceptions", "NoResults"),
    ],
)  # fmt: skip
def test_modules(module: str, name: str) -> None:
    """``from pysnow.query_builder import QueryBuilder`` ports with the same prefix."""
    imported = __import__(f"{ours().__name__}.{module}", fromlist=[name])
    assert getattr(imported, name) is getattr(ours(), name, None) or getattr(ours().exceptions, name)
    assert hasattr(__import__(f"pysnow.{module}", fromlist=[name]), name)
