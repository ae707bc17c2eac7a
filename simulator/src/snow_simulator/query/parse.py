"""Parses encoded queries (ServiceNow documentation, "Encoded query strings")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .ast import Condition, Query, Related
from .joins import parse_joins

TEXT_QUERY = "123TEXTQUERY321"
# Longest first, so that NOT IN is not read as a field followed by something else.
OPERATORS = (
    "GT_OR_EQUALS_FIELD", "LT_OR_EQUALS_FIELD", "DOES NOT CONTAIN", "EMPTYSTRING", "ISNOTEMPTY", "STARTSWITH",
    "INSTANCEOF", "RELATIVEEE", "RELATIVEGE", "RELATIVEGT", "RELATIVELE", "RELATIVELT", "CONTAINS", "DATEPART",
    "ENDSWITH", "GT_FIELD", "LESSTHAN", "LT_FIELD", "MORETHAN", "ANYTHING", "NOT LIKE", "NSAMEAS", "BETWEEN",
    "DYNAMIC", "ISEMPTY", "NOTLIKE", "NOT IN", "SAMEAS", "NOTON", "LIKE", "!*", "!=", "<=", ">=", "IN", "ON", "=",
    "<", ">", "*", "%",
)  # fmt: skip
_FIELD = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*"
# Not to be read as IN with a value: what is not simulated is invalid.
_NOT_THERE = "IN_(?:HIERARCHY|FIELD)"
_CONDITION = re.compile(
    f"^({_FIELD}|{TEXT_QUERY})(?!{_NOT_THERE})({'|'.join(map(re.escape, OPERATORS))})(.*)$", re.DOTALL
)
# Names are taken in any case, as clients in use write them (NUMBER=..). Other operators are letters themselves, so only
# symbols can end such a name.
_ANY_CASE = re.compile(f"^({_FIELD})(!=|<=|>=|=|<|>)(.*)$", re.DOTALL | re.IGNORECASE)
_RELATED = re.compile(r"^(?:OR|NQ)?RLQUERY([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*),(.*)$", re.DOTALL)
_SYNONYMS = {
    "CONTAINS": "LIKE",
    "*": "LIKE",
    "NOTLIKE": "NOT LIKE",
    "DOES NOT CONTAIN": "NOT LIKE",
    "!*": "NOT LIKE",
    "%": "ENDSWITH",
    "EMPTYSTRING": "ISEMPTY",
}


def parse(text: str) -> Query:
    """Never fails: what cannot be read ends up in `invalid`."""
    return parse_joins(text, lambda part: _query(iter(_tokens(part))))


def _query(tokens: Iterator[str], *, inner: bool = False) -> Query:
    """Reads to the end, or, inside RLQUERY, to ENDRLQUERY (which may be missing)."""
    query = Query()
    branch: list[list[Condition]] = []
    for position, token in enumerate(tokens):
        if token == "ENDRLQUERY":
            if inner:
                break
            continue
        if not inner and (related := _RELATED.match(token)):
            # Whatever joins it, it holds for the whole union, as on an instance.
            query.related.append(Related(related[1], related[2], related[3], _query(tokens, inner=True)))
            continue
        if token.startswith("NQ"):
            _close(query, branch)
            branch = []
            token = token[2:]
        _clause(query, branch, token, first=position == 0)
    _close(query, branch)
    return query


def _close(query: Query, branch: list[list[Condition]]) -> None:
    if branch:
        query.branches.append(branch)


def _clause(query: Query, branch: list[list[Condition]], token: str, *, first: bool) -> None:
    if token.startswith("ORDERBYDESC"):
        query.order.append((token[11:], True))
    elif token.startswith("ORDERBY"):
        query.order.append((token[7:], False))
    elif token == "" or token == "EQ" or token.startswith("GROUPBY"):
        # GROUPBY is for lists with headings; records over REST come without.
        return
    elif token.startswith("OR"):
        _add(query, branch, token[2:], alternative=not first)
    else:
        _add(query, branch, token, alternative=False)


def _add(query: Query, branch: list[list[Condition]], token: str, *, alternative: bool) -> None:
    match = _CONDITION.match(token)
    if not match and (other := _ANY_CASE.match(token)):
        condition = Condition(other[1].lower(), other[2], other[3])
    elif not match:
        # Kept as a condition on no field: dropping it must be seen by its branch as any other invalid part.
        condition = Condition("", "", token)
        query.invalid.append(token)
    else:
        condition = Condition(match[1], _SYNONYMS.get(match[2], match[2]), match[3])
    if alternative and branch:
        branch[-1].append(condition)
    else:
        branch.append([condition])


def _tokens(text: str) -> list[str]:
    """Split at `^`; `^^` is a literal caret."""
    tokens = [""]
    position = 0
    while position < len(text):
        following = text.find("^", position)
        if following < 0:
            tokens[-1] += text[position:]
            break
        tokens[-1] += text[position:following]
        if text[following + 1 : following + 2] == "^":
            tokens[-1] += "^"
            position = following + 2
        else:
            tokens.append("")
            position = following + 1
    return tokens
