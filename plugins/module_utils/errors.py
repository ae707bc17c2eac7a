# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error of the library, and how each becomes the failure of a task.

SnowError
├── InvalidUsage                 a caller's mistake; nothing was sent
│   ├── InvalidIdentity          an empty or malformed identifier
│   └── QueryError
│       ├── QueryEmpty, QueryExpressionError, QueryMissingField,
│       └── QueryMultipleExpressions, QueryTypeError
├── MissingLibrary               requests cannot be imported
├── ConnectionFailed             no answer: refused, no route, time-out; the request was never sent
│   ├── BadAddress               ... and never will be: DNS, TLS
│   └── OutcomeUnknown           ... after a write was sent: it may have happened
│       └── TimedOut             ... or be about to
├── UnexpectedResponseFormat     an answer that is not the JSON it should be
│   ├── InstanceUnavailable      an HTML page or a redirect: asleep, in maintenance, single sign-on
│   └── MissingResult            JSON without the part that was asked for
│       └── EmptyContent         ... or nothing at all
├── ResponseError                the server said no
│   ├── AuthenticationFailed     401
│   │   └── TokenCreateError     ... from the OAuth endpoint
│   ├── Forbidden                403
│   ├── NotFound                 404
│   └── RateLimited              429
├── NoResults, MultipleResults   a look-up that did not give exactly one record
├── ReportUnavailable            a number that the answer does not tell
├── MissingToken                 an OAuth client that was never given a token
├── LocalFileError               a file on this side cannot be read or written
└── NotConverged                 the server took the request and did something else
    ├── Unapplied                fields that were asked for and are not there
    ├── RecordsFailed            some of many records
    ├── TransitionRefused        a state that cannot be reached
    ├── NotAsked                 a decision that nobody asks the user for
    ├── WorkerFailed             a job of the instance that ended in an error
    ├── WorkerTimedOut           ... or did not end in the time that the caller gave it
    └── GateClosed               a deployment that may not proceed
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class SnowError(Exception):
    """Base of all errors. ``str(error)`` is one sentence: the object, the cause, what to do."""

    kind = "error"

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        detail: str | None = None,
        request: str | None = None,
        transaction_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.detail = detail
        self.request = request
        self.transaction_id = transaction_id
        #: Seconds that the server asks to wait before the request is sent again, if it does.
        self.retry_after: float | None = None

    def as_error(self) -> dict[str, Any]:
        """The ``error`` return value of a failed task."""
        return {
            "type": self.kind,
            "status": self.status,
            "detail": self.detail,
            "request": self.request,
            "transaction_id": self.transaction_id,
        }


class InvalidUsage(SnowError):
    kind = "invalid_usage"


class InvalidIdentity(InvalidUsage):
    kind = "invalid_identity"


class QueryError(InvalidUsage):
    kind = "invalid_query"


class QueryEmpty(QueryError):
    pass


class QueryExpressionError(QueryError):
    pass


class QueryMissingField(QueryError):
    pass


class QueryMultipleExpressions(QueryError):
    pass


class QueryTypeError(QueryError):
    pass


class MissingLibrary(SnowError):
    kind = "missing_library"


class ConnectionFailed(SnowError):
    kind = "connection"


class BadAddress(ConnectionFailed):
    """Trying again will not help: the name cannot be resolved, or the certificate is not trusted."""


class OutcomeUnknown(ConnectionFailed):
    """A write was sent and its answer never came: nobody knows whether it happened."""

    kind = "outcome_unknown"


class TimedOut(OutcomeUnknown):
    """The answer to a write did not come in time; the write may still be under way."""


class UnexpectedResponseFormat(SnowError):
    kind = "unexpected_response"


class InstanceUnavailable(UnexpectedResponseFormat):
    kind = "instance_unavailable"


class MissingResult(UnexpectedResponseFormat):
    pass


class EmptyContent(MissingResult):
    pass


class ResponseError(SnowError):
    kind = "response"


class AuthenticationFailed(ResponseError):
    kind = "authentication"


class TokenCreateError(AuthenticationFailed):
    """No token was given. Besides the attributes of all errors it has those of pysnow's class."""

    @property
    def error(self) -> str:
        return self.message

    @property
    def description(self) -> str | None:
        """What the server said, for example ``access_denied``."""
        return self.detail

    @property
    def status_code(self) -> int | None:
        return self.status

    @property
    def snow_status_code(self) -> int | None:
        return self.status


class Forbidden(ResponseError):
    kind = "forbidden"


class NotFound(ResponseError):
    kind = "not_found"


class RateLimited(ResponseError):
    kind = "rate_limited"


class NoResults(SnowError):
    kind = "no_results"


class MultipleResults(SnowError):
    kind = "multiple_results"


class ReportUnavailable(SnowError):
    kind = "report_unavailable"


class MissingToken(SnowError):
    kind = "missing_token"


class LocalFileError(SnowError):
    kind = "local_file"


class NotConverged(SnowError):
    """The record is not what was asked for, although the server answered."""

    kind = "not_converged"


class Unapplied(NotConverged):
    kind = "unapplied"
    #: What the write returned, column to ``Cell``: the write did happen, if not as it was asked for.
    record: Mapping[str, Any] | None = None


class RecordsFailed(NotConverged):
    """Some of many records failed; the results tell of each."""

    kind = "records_failed"


class TransitionRefused(NotConverged):
    kind = "transition_refused"


class NotAsked(NotConverged):
    kind = "not_asked"


class WorkerFailed(NotConverged):
    kind = "worker_failed"


class WorkerTimedOut(NotConverged):
    kind = "worker_timed_out"


class GateClosed(NotConverged):
    kind = "gate_closed"


def surely_not_done(error: SnowError) -> bool:
    """Whether what ended in *error* did no more than was seen; of a broken answer, and one of 500, nobody knows."""
    if isinstance(error, ConnectionFailed):
        return not isinstance(error, OutcomeUnknown)
    refused = isinstance(error, ResponseError) and (error.status or 500) < 500
    return refused or isinstance(error, (InvalidUsage, NoResults, NotConverged))
