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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ansible_collections.changegate.snow.plugins.module_utils import answers, broken, errors, retry
from ansible_collections.changegate.snow.plugins.module_utils.auth import NoAuth
from ansible_collections.changegate.snow.plugins.module_utils.certificate import check_certificate
from ansible_collections.changegate.snow.plugins.module_utils.exchange import Body, Order, Reply, Stream

if TYPE_CHECKING:
    import requests

USER_AGENT = "changegate.snow"
#: Seconds that somebody may want to wait: a year.
_LONGEST = 366 * 86400


Answer = TypeVar("Answer", Reply, Stream)


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
    :param verify: True, False, or the path of a file or folder with certificates of authorities; None leaves it to
        the *session*.
    :param certificate: files of the client's certificate and of its key, for mutual TLS.
    :param api_path: what stands for ``api/now`` in the addresses, as a gateway before the instance may have it; its
        last part stands for ``now``, so that the other interfaces are beside it.
    :param retry_deadline: seconds after which a request that keeps failing is given up; 0 sends each once.
    """

    def __init__(
        self,
        base_url: str,
        auth: NoAuth | None = None,
        *,
        session: requests.Session | None = None,
        timeout: float = 30.0,
        verify: bool | str | None = True,
        certificate: tuple[str, str] | None = None,
        proxy: str | None = None,
        headers: Mapping[str, str] | None = None,
        api_path: str = "api/now",
        retry_deadline: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        _check_options(timeout, retry_deadline, verify, proxy, headers)
        self.base_url = base_url.rstrip("/")
        self._api_path = api_path.strip("/")
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
        if certificate is not None:
            check_certificate(certificate)
        self._certificate = certificate
        self._answered = False
        #: The instance's clock, as the header of the last answer tells it.
        self.date: str | None = None
        #: Requests that the instance allows the user in an hour, if its last answer told.
        self.hourly: int | None = None
        self._sleep = sleep
        self._lock = threading.Lock()
        self.count = 0
        self.auth = auth

    @property
    def auth(self) -> NoAuth | None:
        """What signs the requests; None leaves it to the session."""
        return self._auth

    @auth.setter
    def auth(self, auth: NoAuth | None) -> None:
        if auth is not None:
            auth.bind(self)
        self._auth = auth

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
        data: Body = None,
        headers: Mapping[str, str] | None = None,
        auth: NoAuth | None = None,
        repeatable: bool | None = None,
    ) -> Reply:
        """Send one request, again where that is safe and may help, and return the good answer.

        :param path: from the root of the instance, already quoted.
        :param data: a body; a callable opens it anew for each attempt.
        :param auth: how to sign this request, if not as all others.
        :param repeatable: whether it may be carried out twice without harm; if not said, the method tells.
        :raises SnowError: whatever went wrong, as the right class.
        """
        order = Order(method, path, params, json, data, headers, auth or self.auth)
        return self._until_it_works(order, repeatable, lambda: self._reply(order))

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        any_type: Callable[[Mapping[str, str]], bool] = lambda _headers: False,
    ) -> Iterator[Stream]:
        """Send one request like :meth:`request`, and hand the good answer over before its body has been read.

        :param any_type: tells by the headers that the body may be HTML, which otherwise means that the instance is
            not available.
        """
        order = Order(method, path, params, json, None, headers, self.auth, streamed=True)
        stream = self._until_it_works(order, None, lambda: self._stream(order, any_type))
        try:
            yield stream
        finally:
            stream.close()

    def _until_it_works(self, order: Order, repeatable: bool | None, send: Callable[[], Answer]) -> Answer:
        deadline = time.monotonic() + self.retry_deadline
        again = order.method in retry.REPEATABLE if repeatable is None else repeatable
        attempt, renewed = 0, False
        while True:
            attempt += 1
            try:
                return send()
            except errors.SnowError as error:
                if self._renew(error, order.auth, renewed):
                    renewed = True
                    continue
                verdict = retry.judge(error, again, attempt, error.retry_after)
                if not verdict.again or time.monotonic() + verdict.delay > deadline:
                    raise
                self._sleep(verdict.delay)

    def _renew(self, error: errors.SnowError, auth: NoAuth | None, renewed: bool) -> bool:
        """A token can be taken back before its time: get one new token, once. Cookies go with the old one."""
        if not isinstance(error, errors.AuthenticationFailed) or isinstance(error, errors.TokenCreateError):
            return False
        self._session.cookies.clear()
        if auth is None or not auth.can_renew:
            return False
        # Also the second one, so that nobody else takes it out of the store.
        auth.forget()
        return not renewed

    def _reply(self, order: Order) -> Reply:
        raw = _raw(order.method, self._exchange(order))
        return Reply(raw.status, raw.headers, _judged(raw))

    def _stream(self, order: Order, any_type: Callable[[Mapping[str, str]], bool]) -> Stream:
        response = self._exchange(order)
        try:
            if not 200 <= response.status_code < 300:
                # An error is short, and its body tells the cause.
                _judged(self._whole(order, response))
            elif not any_type(response.headers):
                answers.check_kind(_raw(order.method, response, with_body=False))
        except BaseException:
            response.close()
            raise
        return Stream(response, lambda error: broken.translated(error, order.method, response.url or "", self._timeout))

    def _whole(self, order: Order, response: requests.Response) -> answers.Raw:
        try:
            return _raw(order.method, response)
        except OSError as error:
            # What requests raises is an OSError, too.
            raise broken.translated(error, order.method, response.url or "", self._timeout) from error

    def _exchange(self, order: Order) -> requests.Response:
        import requests

        with self._lock:
            self.count += 1
        url = self._url(order.path)
        try:
            with order.body() as body:
                response = self._session.request(
                    order.method,
                    url,
                    params=order.params,
                    json=order.json,
                    data=body,
                    headers=order.headers,
                    # Given with each request, because the environment overrules what a session says.
                    verify=self._verify,
                    cert=self._certificate,
                    proxies=self._proxies,
                    timeout=(self._timeout, self._timeout),
                    allow_redirects=False,
                    # None leaves it to the session, as pysnow's users expect of one that they bring.
                    auth=order.auth,
                    stream=order.streamed,
                )
            self._answered = True
            self.date = response.headers.get("Date")
            self.hourly = retry.hourly_limit(response.headers)
            return response
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            certified = self._certificate is not None and not self._answered
            # The library's own text holds the query, and where a header is wrong, its value; both may be secrets.
            raise broken.translated(error, order.method, url, self._timeout, certified) from None

    def _url(self, path: str) -> str:
        """The address of *path*, below the instance's own path for its interfaces."""
        if path.startswith("/api/now/"):
            return f"{self.base_url}/{self._api_path}{path[8:]}"
        if path.startswith("/api/"):
            above = self._api_path.rpartition("/")[0]
            return f"{self.base_url}/{above}{path[4:]}" if above else f"{self.base_url}{path[4:]}"
        return self.base_url + path


def _check_options(timeout: object, retry_deadline: object, verify: object, proxy: object, headers: Any) -> None:
    """Raise :class:`InvalidUsage` for the first that cannot be; no value is repeated that may hold a secret."""
    for name, seconds, least in (("timeout", timeout, "above zero"), ("retry_deadline", retry_deadline, "from zero")):
        number = seconds if isinstance(seconds, (int, float)) and not isinstance(seconds, bool) else -1
        if not 0 <= number <= _LONGEST or (name == "timeout" and not number):
            raise errors.InvalidUsage(f"{name} is no number of seconds {least}; give one.")
    if verify is not None and not isinstance(verify, (bool, str)):
        raise errors.InvalidUsage("verify is neither True nor False nor the path of certificates; give one of them.")
    if proxy is not None and not isinstance(proxy, str):
        raise errors.InvalidUsage("proxy is no text; give a URL.")
    if headers is not None and not isinstance(headers, Mapping):
        raise errors.InvalidUsage("headers is no mapping of names to texts; give one.")
    for name, value in (headers or {}).items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise errors.InvalidUsage(f"headers holds {name!r} with a name or a value that is no text; give texts.")


def _raw(method: str, response: requests.Response, with_body: bool = True) -> answers.Raw:
    # requests guesses ISO-8859-1 for text without a charset; ServiceNow speaks UTF-8.
    text = response.content.decode("utf-8", errors="replace") if with_body else ""
    return answers.Raw(method, response.url or "", response.status_code, response.headers, text)


def _judged(raw: answers.Raw) -> Any:
    """The body of a good answer; an error knows how long the server asks to wait."""
    try:
        return answers.parse(raw)
    except errors.SnowError as error:
        if raw.status in (429, 503):
            error.retry_after = retry.asked_delay(raw.headers, time.time())
        raise
