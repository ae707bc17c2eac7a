"""Client certificates and the users that they stand for (sys_user_certificate)."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from ..store.records import RawRecords, new_sys_id
from .users import User

if TYPE_CHECKING:
    from ..instance import Instance

_SEPARATOR = re.compile(r"(?<!\\),")


def user_of_certificate(instance: Instance, der: bytes) -> User | None:
    """The user to whom an active record maps the certificate, by fingerprint, PEM text or subject."""
    shown = fingerprint(der)
    subject = _parts(subject_of(der))
    for record in instance.raw.find(instance.raw.schema["sys_user_certificate"], {"active": "true"}):
        by_fingerprint = record["fingerprint"].replace(":", "").lower() == shown
        by_text = bool(record["pem_certificate"]) and _fingerprint_of_pem(record["pem_certificate"]) == shown
        by_subject = bool(record["subject"]) and _parts(record["subject"]) == subject
        if (by_fingerprint or by_text or by_subject) and (user := instance.users.who_may_log_in(record["user"])):
            return user
    return None


def map_certificate(instance: Instance, user_name: str, der: bytes) -> None:
    """From now on, also after a reset, the certificate stands for the user. ValueError: there is none of that name."""
    table, user = instance.raw.schema["sys_user_certificate"], instance.users.by_name(user_name)
    if user is None:
        raise ValueError(f"There is no user '{user_name}'")
    record = table.new_record()
    record.update(sys_id=new_sys_id(), name=user_name, user=user.sys_id, fingerprint=fingerprint(der))
    for raw in (instance.raw, RawRecords(instance.initial)):
        raw.insert(table, dict(record))


def fingerprint(der: bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(der).hexdigest()


def subject_of(der: bytes) -> str:
    """As RFC 4514 has it: `CN=ansible,O=Example`."""
    # Read when the first certificate comes: it takes longer than everything else at start.
    from cryptography.x509 import load_der_x509_certificate

    return load_der_x509_certificate(der).subject.rfc4514_string()


def _fingerprint_of_pem(text: str) -> str:
    import ssl

    try:
        return fingerprint(ssl.PEM_cert_to_DER_cert(text.strip()))
    except ValueError:
        return ""


def _parts(subject: str) -> list[str]:
    """The parts of a subject without regard to their order, in which tools differ."""
    parts = (part.partition("=") for part in _SEPARATOR.split(subject))
    return sorted(f"{name.strip().lower()}={value.strip().lower()}" for name, _, value in parts)
