"""Errors of the Attachment API."""

from __future__ import annotations

from ..errors import ApiError


def missing_parameter(name: str) -> ApiError:
    return ApiError(400, "Missing request parameter", f"Parameter '{name}' is required")


def no_content_type() -> ApiError:
    return ApiError(400, "Missing Content-Type header", "Content-Type is required to upload a file")


def bad_multipart(detail: str) -> ApiError:
    return ApiError(400, "Invalid multipart request", detail)


def no_target() -> ApiError:
    detail = "The record to attach to does not exist or ACL restricts the record retrieval"
    return ApiError(404, "Invalid attachment target", detail)


def too_large(megabytes: float) -> ApiError:
    """Sources name the property, not the answer: one more reason for which an upload is a bad request."""
    detail = f"Attached files must be smaller than {megabytes:g}MB"
    return ApiError(400, "Maximum attachment size exceeded", detail)


def forbidden_extension(extension: str) -> ApiError:
    """As above."""
    shown = f"'.{extension}'" if extension else "no extension"
    return ApiError(400, "Invalid attachment type", f"Files with {shown} cannot be attached")
