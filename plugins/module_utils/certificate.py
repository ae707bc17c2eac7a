# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's certificate for mutual TLS, checked before anything is sent."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage


class _Protected(Exception):
    """The private key needs a password."""


def check_certificate(certificate: tuple[str, str]) -> None:
    """Raise :class:`InvalidUsage` if the files of the certificate and of its key cannot be used, with the cause."""
    import ssl

    pair = isinstance(certificate, (tuple, list)) and len(certificate) == 2
    if not pair or not all(isinstance(path, str) and path and "\0" not in path for path in certificate):
        raise InvalidUsage("certificate is no pair of paths; give the file of the certificate and that of its key.")
    file, key = certificate
    for name, path in (("client_certificate_file", file), ("client_key_file", key)):
        try:
            with open(path, "rb"):
                pass
        except OSError as error:
            raise InvalidUsage(f"{path} cannot be read ({error.strerror}); check instance.{name}.") from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(file, key, password=_refuse)
    except _Protected:
        raise InvalidUsage(
            f"The private key in {key} is protected by a password, which is not supported; write one without "
            "(openssl pkey -in old.pem -out new.pem) and protect the file."
        ) from None
    except ssl.SSLError as error:
        if "MISMATCH" in (error.reason or ""):
            raise InvalidUsage(
                f"The private key in {key} does not belong to the certificate in {file}; check "
                "instance.client_key_file."
            ) from None
        raise InvalidUsage(
            f"{file} and {key} are not a certificate and its private key in PEM; check "
            "instance.client_certificate_file and instance.client_key_file."
        ) from None


def _refuse() -> str:
    raise _Protected
