# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending requests: the only file that knows ``requests`` at work.

One session, one TCP connection kept open, time-outs on every request, TLS verified, no redirects followed, and
every failure as one exception of ``errors.py``.
"""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.changegate.snow.plugins.module_utils import answers, errors, retry
from ansible_collections.changegate.snow.plugins.module_utils.auth import NoAuth

if TYPE_CHECKING:
    import requests

USER_AGENT = "changegate.snow"


class Reply(NamedTuple):
    """A good answer: status, headers (names in any case), and the parsed JSON (None if empty)."""

    status: int
    headers: Mapping[str, str]
    body: Any


def new_session() -> requests.Session:
    """A session of requests; :class:`MissingLibrary` says how to get the library where it is not installed."""
    try:
        import requests
    except ImportError as error:
        raise errors.MissingLibrary(
            "The Python library requests is missing where this task runs; install it there with 'pip install requests'."
        ) from error
    return requests.Session()


class Transport:
    """Sends requests to one instance and counts them. Safe to share between threads.

    :param timeout: seconds for connecting, and again for each wait for data.
    :param verify: True, False, or the path of a file or folder with certificates of authorities.
    :param retry_deadline: seconds after which a request that keeps failing is given up; 0 sends each once.
    """

    def __init__(
        self,
        base_url: str,
        auth: NoAuth | None = None,
        *,
        session: requests.Session | None = None,
        timeout: float = 30.0,
        verify: bool | str = True,
        proxy: str | None = None,
        headers: Mapping[str, str] | None = None,
        retry_deadline: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.auth = auth
        self.retry_deadline = retry_deadline
        self._session = session or new_session()
        self._session.headers.update({"Accept": "application/json", "User-Agent": USER_AGENT, **(headers or {})})
        self._proxies = {"http": proxy, "https": proxy} if proxy else None
        if verify is False:
            # It was asked for in so many words; a warning with every request helps nobody.
            warnings.filterwarnings("ignore", message="Unverified HTTPS request")
        self._timeout = timeout
        if isinstance(verify, str) and not os.path.exists(verify):
            raise errors.InvalidUsage(f"There is no file or folder {verify}; check instance.ca_path.")
        self._verify = verify
        self._sleep = sleep
        self._lock = threading.Lock()
        self.count = 0

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    def close(self) -> None:
        self._session.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | Mapping[str, str] | Callable[[], IO[bytes]] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: NoAuth | None = None,
        repeatable: bool | None = None,
    ) -> Reply:
        """Send one request, again where that is safe and may help, and return the good answer.

        :param path: from the root of the instance, already quoted.
        :param data: a body; a callable opens it anew for each attempt.
        :param repeatable: whether it may be carried out twice without harm; if not said, the method tells.
        :raises SnowError: whatever went wrong, as the right class.
        """
        deadline = time.monotonic() + self.retry_deadline
        again = method in retry.REPEATABLE if repeatable is None else repeatable
        attempt, renewed = 0, False
        while True:
            attempt += 1
            raw: answers.Raw | None = None
            sent = time.monotonic()
            try:
                raw, response_headers = self._send(method, path, params, json, data, headers, auth)
                return Reply(raw.status, response_headers, answers.parse(raw))
            except errors.SnowError as error:
                if self._renew(error, auth or self.auth, renewed, sent):
                    renewed = True
                    continue
                self._wait_or_raise(error, again, attempt, deadline, raw)

    def _renew(self, error: errors.SnowError, auth: NoAuth | None, renewed: bool, sent: float) -> bool:
        """A token can be taken back before its time: get one new token, once. Cookies go with the old one."""
        if not isinstance(error, errors.AuthenticationFailed) or isinstance(error, errors.TokenCreateError):
            return False
        self._session.cookies.clear()
        if renewed or auth is None or not auth.can_renew:
            return False
        auth.forget(sent)
        return True

    def _wait_or_raise(
        self, error: errors.SnowError, repeatable: bool, attempt: int, deadline: float, raw: answers.Raw | None
    ) -> None:
        asked = retry.asked_delay(raw.headers, time.time()) if raw and raw.status in (429, 503) else None
        verdict = retry.judge(error, repeatable, attempt, asked)
        if not verdict.again or time.monotonic() + verdict.delay > deadline:
            raise error
        self._sleep(verdict.delay)

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        json: Any,
        data: Any,
        headers: Mapping[str, str] | None,
        auth: NoAuth | None,
    ) -> tuple[answers.Raw, Mapping[str, str]]:
        body = data() if callable(data) else data
        try:
            response = self._exchange(
                method,
                self.base_url + path,
                params=params,
                json=json,
                data=body,
                headers=headers,
                auth=auth,
            )
        finally:
            if body is not data:
                body.close()
        return _raw(method, response), response.headers

    def _exchange(self, method: str, url: str, *, auth: NoAuth | None, **options: Any) -> requests.Response:
        import requests

        with self._lock:
            self.count += 1
        signer = auth or self.auth
        try:
            return self._session.request(
                method,
                url,
                # Given with each request, because the environment overrules what a session says.
                verify=self._verify,
                proxies=self._proxies,
                timeout=(self._timeout, self._timeout),
                allow_redirects=False,
                # None leaves it to the session, as pysnow's users expect of one that they bring.
                auth=signer,
                **options,
            )
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            raise _connection_error(error, method, url, self._timeout) from error


def _raw(method: str, response: requests.Response) -> answers.Raw:
    # requests guesses ISO-8859-1 for text without a charset; ServiceNow speaks UTF-8.
    text = response.content.decode("utf-8", errors="replace")
    return answers.Raw(method, response.url or "", response.status_code, response.headers, text)


def _connection_error(error: Exception, method: str, url: str, timeout: float) -> errors.SnowError:
    """What a failure below HTTP means, and whether the request can have been carried out."""
    import requests

    parts = urlsplit(url)
    request, host = f"{method} {parts.path}", parts.netloc
    reason = repr(error)
    never_sent = any(word in reason for word in ("NewConnectionError", "ConnectTimeout", "NameResolution", "Tunnel"))
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
    return _no_answer(method, host, request, timed_out="timed out" in reason.lower(), timeout=timeout)


def _no_answer(method: str, host: str, request: str, timed_out: bool, timeout: float) -> errors.SnowError:
    """A request that was sent and got no answer: harmless for a read, of unknown outcome for a write."""
    cause = f"sent no answer within {timeout:g} seconds" if timed_out else "broke the connection"
    if method in ("GET", "HEAD"):
        text = f"{host} {cause} during {request}; try again, or raise instance.timeout."
        return errors.ConnectionFailed(text, request=request)
    text = f"{host} {cause} during {request}, so nobody knows whether it was done; run the task again, it looks first."
    return (errors.TimedOut if timed_out else errors.OutcomeUnknown)(text, request=request)
