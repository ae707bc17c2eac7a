# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance says when it does not take an attachment, in words that name the file. No input or output.

Source: ServiceNow documentation, "Administer attachments" (com.glide.attachment.max_size, glide.attachment.extensions).
"""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    AuthenticationFailed,
    Forbidden,
    RateLimited,
    ResponseError,
)

_TOO_LARGE = ("size", "larger", "smaller", "too large", "too big", "exceed")
_KIND = ("extension", "attachment type", "mime", "content type", "file type", "cannot be attached")


def refused(
    error: ResponseError, name: str, record: object, size: int | None = None, verb: str = "attached to"
) -> ResponseError:
    """*error* in words about the file *name* (of *size* bytes) that was to be *verb* the *record*.

    What has nothing to do with the file is returned as it is.
    """
    if isinstance(error, (AuthenticationFailed, RateLimited)) or error.status is None or error.status >= 500:
        return error
    what = name if size is None else f"{name} ({size} bytes)"
    cause = (error.detail or f"status {error.status}").rstrip(".")
    context = error.as_error()
    context.pop("type")
    return type(error)(f"{what} was not {verb} the {record}: {cause}; {_advice(error)}.", **context)


def _advice(error: ResponseError) -> str:
    text = f"{error.message} {error.detail}".lower()
    if isinstance(error, Forbidden) and ("acl" in text or "insufficient" in text or not error.detail):
        return "give the user a role that may write the record"
    if any(word in text for word in _KIND):
        return "have the instance allow it (glide.attachment.extensions), or give the file another name"
    if error.status == 413 or any(word in text for word in _TOO_LARGE):
        return "give a smaller file, or have com.glide.attachment.max_size of the instance raised"
    if isinstance(error, Forbidden):
        return "give the user a role that may write the record"
    return "look at the instance's logs for the transaction"
