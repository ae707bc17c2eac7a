# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not as with pysnow: each test here that our library fails, and the row of docs/from-pysnow.md about it.

The rows give the reasons, test_differences.py asserts what our library does instead. A test in this list that passes
fails the run: then the difference is gone.
"""

from __future__ import annotations

from pathlib import Path

GUIDE = Path(__file__).parents[3] / "docs" / "from-pysnow.md"

HTTP_ERRORS = "errors of HTTP"
ERROR_IN_200 = "an error in a good answer"
FIRST = "`first()` without a stream"
ORDER = "order of records"
COUNT = "`Response.count`"
PARAMETERS = "parameters that were never set"
CLASSES = "constructors"
KEYWORDS = "keywords of `request()`"
OLD = "deprecated and undocumented parts"
MULTIPART = "multipart uploads"
TOKENS = "tokens"
TOKEN_ERRORS = "errors of tokens"
RENEWAL = "a token that was taken back"
# For these there is no test of pysnow's that fails.
BASES = "bases of exceptions"
LIMIT = "lists without a limit"
SENDING = "when a request is sent"
DEFAULTS = "defaults in `parameters`"
DATA_QUERIES = "queries as dicts"
BUILDER = "values and names in `QueryBuilder`"
BETWEEN = "`between()` with aware datetimes"
UPDATES = "updates"
WRITTEN = "what a write returns"
RETRIES = "retries and time-outs"

DIFFERENCES: dict[str, str] = {
    # Chapters 14 to 27, with pysnow's assertions.
    "test_pysnow_usage.py::test_example[16.2 Resource object parameters]": HTTP_ERRORS,
    "test_pysnow_examples.py::test_example[18.2 First record]": FIRST,
    # The same, side by side.
    "test_side_by_side.py::test_same_records_and_state[16.2 Resource object parameters]": HTTP_ERRORS,
    "test_side_by_side.py::test_same_records_and_state[18.2 First record]": FIRST,
    "test_side_by_side.py::test_same_records_and_state[23 Using the OAuthClient]": ORDER,
    # The whole interface.
    "test_pysnow_responses.py::test_create_update_delete": HTTP_ERRORS,
    "test_pysnow_responses.py::test_errors_of_the_instance": ERROR_IN_200,
    "test_pysnow_responses.py::test_parameters": PARAMETERS,
    "test_pysnow_responses.py::test_a_generator_reads_as_it_goes": COUNT,
    "test_pysnow_attachments.py::test_multipart_is_no_multipart": MULTIPART,
    "test_pysnow_oauth.py::test_an_expired_token_is_refused": RENEWAL,
    "test_pysnow_oauth.py::test_an_expired_refresh_token_is_refused": TOKEN_ERRORS,
    "test_pysnow_oauth.py::test_usage": TOKENS,
    # Arguments.
    "test_signatures.py::test_arguments[Resource]": CLASSES,
    "test_signatures.py::test_arguments[Response]": CLASSES,
    "test_signatures.py::test_arguments[exceptions.ResponseError]": CLASSES,
    "test_signatures.py::test_arguments[exceptions.TokenCreateError]": CLASSES,
    "test_signatures.py::test_arguments[Resource.request]": KEYWORDS,
    "test_signatures.py::test_properties[Response.count]": COUNT,
    "test_signatures.py::test_whatever_is_public_in_0_7_17[Client.query]": OLD,
    "test_signatures.py::test_whatever_is_public_in_0_7_17[Client.insert]": OLD,
}
