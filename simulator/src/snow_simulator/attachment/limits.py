"""What may be attached, by properties of the instance.

com.glide.attachment.max_size: megabytes, 1024 by default. glide.attachment.extensions: the extensions that are
allowed, all of them where it is empty. glide.attachment.blacklisted.extensions: those that are not, where
glide.security.attachment_type.use_blacklist is true.
"""

from __future__ import annotations

from ..store.properties import Properties
from . import errors

_MEGABYTE = 1024 * 1024


def largest(properties: Properties) -> int:
    """In bytes."""
    return int(properties.number("com.glide.attachment.max_size", 1024) * _MEGABYTE)


def check_size(properties: Properties, size: int) -> None:
    limit = largest(properties)
    if size > limit:
        raise errors.too_large(limit / _MEGABYTE)


def check_name(properties: Properties, file_name: str) -> None:
    stem, dot, extension = file_name.rpartition(".")
    extension = extension.lower() if stem and dot else ""
    allowed = properties.names("glide.attachment.extensions")
    if allowed and extension not in allowed:
        raise errors.forbidden_extension(extension)
    forbidden = properties.flag("glide.security.attachment_type.use_blacklist")
    if forbidden and extension in properties.names("glide.attachment.blacklisted.extensions"):
        raise errors.forbidden_extension(extension)
