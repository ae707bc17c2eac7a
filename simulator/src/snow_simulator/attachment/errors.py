"""Errors of the Attachment API (ServiceNow REST facts, section 3)."""

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
