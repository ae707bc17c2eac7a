# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failure below HTTP means: no connection, no answer, or one that breaks off. No input or output."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ansible_collections.changegate.snow.plugins.module_utils import errors


def translated(error: Exception, method: str, url: str, timeout: float, certified: bool = False) -> errors.SnowError:
    """What a failure below HTTP means, and whether the request can have been carried out.

    :param certified: whether a client certificate was shown, which may be why the other side hung up.
    """
    import requests

    parts = urlsplit(url)
    request, host = f"{method} {parts.path}", parts.netloc
    reason = _reason(error)
    never_sent = any(word in reason for word in ("NewConnectionError", "ConnectTimeout", "NameResolution", "Tunnel"))
    if "_ALERT_" in reason and isinstance(error, requests.exceptions.ConnectionError):
        # What the other side says while the connection is being made, so that nothing has been sent.
        return errors.BadAddress(_refused(host, reason), request=request)
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE" in reason.upper():
        text = f"The TLS certificate of {host} is not trusted; set instance.ca_path to its authority."
        return errors.BadAddress(text, request=request)
    if isinstance(error, ValueError) or not isinstance(error, requests.exceptions.RequestException):
        # Its own text may hold a header, and with it a secret.
        return errors.InvalidUsage(
            f"No request can be made to {parts.scheme}://{host} ({type(error).__name__}); check instance.host, proxy, "
            "ca_path and custom_headers."
        )
    if isinstance(error, requests.exceptions.ProxyError) and never_sent:
        return errors.ConnectionFailed(f"The proxy for {host} does not answer; check instance.proxy.", request=request)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        text = f"{host} did not answer within {timeout:g} seconds; check instance.host and the network."
        return errors.ConnectionFailed(text, request=request)
    if "NameResolutionError" in reason or "Name or service not known" in reason or "getaddrinfo" in reason:
        text = f"The host name of {host} cannot be resolved; check instance.host."
        return errors.BadAddress(text, request=request)
    if "NewConnectionError" in reason:
        text = f"{host} cannot be reached (connection refused or no route); check instance.host and the network."
        return errors.ConnectionFailed(text, request=request)
    timed_out = "timed out" in reason.lower()
    if certified and not timed_out:
        host = f"{host} may not accept the client certificate: it"
    return no_answer(method, host, request, timed_out=timed_out, timeout=timeout)


def _reason(error: BaseException) -> str:
    """What lies at the bottom of *error*. Above it stands the URL, and with it words that anybody has searched for."""
    inner = getattr(error, "reason", None)
    if not isinstance(inner, BaseException):
        inner = error.args[0] if error.args else None
    if not isinstance(inner, BaseException):
        return repr(error)
    below = _reason(inner)
    return f"{type(error).__name__} {below}"


def _refused(host: str, reason: str) -> str:
    if "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason:
        return f"{host} wants a client certificate or another version of TLS; set instance.client_certificate_file."
    word = re.search(r"ALERT_(\w+)", reason)
    cause = word.group(1).lower().replace("_", " ") if word else "no reason given"
    return (
        f"{host} refuses the client certificate or the connection ({cause}); check instance.client_certificate_file, "
        "and whether the instance knows its authority."
    )


def no_answer(method: str, host: str, request: str, timed_out: bool, timeout: float) -> errors.SnowError:
    """A request that was sent and got no answer: harmless for a read, of unknown outcome for a write."""
    cause = f"sent no answer within {timeout:g} seconds" if timed_out else "broke the connection"
    if method in ("GET", "HEAD"):
        text = f"{host} {cause} during {request}; try again, or raise instance.timeout."
        return errors.ConnectionFailed(text, request=request)
    text = (
        f"{host} {cause} during {request}, so nobody knows whether it was done; look before it is sent again, as a "
        "task that is run again does."
    )
    return (errors.TimedOut if timed_out else errors.OutcomeUnknown)(text, request=request)
