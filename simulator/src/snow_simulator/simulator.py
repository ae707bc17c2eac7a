"""The simulator as an object: start and stop it, or use it as a context manager."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType

from .access.certificates import map_certificate
from .aggregate import routes as aggregate_routes
from .attachment import routes as attachment_routes
from .batch import routes as batch_routes
from .change import routes as change_routes
from .control import routes as control_routes
from .control.effects import MAINTENANCE_PAGE, page
from .controls import Controls
from .http.routing import Router
from .http.server import Server
from .http.tls import Tls, TlsFiles
from .instance import Instance
from .oauth import routes as oauth_routes
from .page.site import Site
from .serving.dispatcher import Dispatcher
from .settings import DEFAULTS
from .table import routes as table_routes
from .tinyurl import routes as tinyurl_routes

_LOOPBACK = ("127.0.0.1", "localhost")
# What ends the command; in a test they are the test's own affair.
STOPPING = (signal.SIGTERM, signal.SIGINT)


class Simulator(Controls):
    """A ServiceNow instance on loopback.

    `tls` makes it HTTPS, with a certificate made on the spot (verify it with `ca_file`) or with `tls_cert` and
    `tls_key`; `client_ca` signs the certificates that clients may show, beside those of `client_certificate`.
    `settings` are those that a reset goes back to.

    >>> simulator = Simulator()
    >>> with simulator as url:
    ...     simulator.fault("/table/incident", count=1, action={"status": 503})
    ...     requests.get(f"{url}/api/now/table/incident", auth=("admin", "admin-password"))
    """

    def __init__(
        self,
        *,
        data: str = "demo",
        database: str | Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
        tls_cert: str | Path | None = None,
        tls_key: str | Path | None = None,
        client_ca: str | Path | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        # Passwords are user names here: nobody but this machine may reach it.
        if host not in _LOOPBACK:
            raise ValueError(f"The simulator listens on loopback only, not on '{host}'")
        changed = DEFAULTS.changed(dict(settings or {}))
        self._options = (data, Path(database) if database else None, changed)
        self._address = ("127.0.0.1" if host == "localhost" else host, port)
        paths = (Path(path) if path else None for path in (tls_cert, tls_key, client_ca))
        files = TlsFiles(*paths)
        self._files = files if tls or files != TlsFiles() else None
        self._tls: Tls | None = None
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._instance: Instance | None = None
        self._process = 0

    @property
    def instance(self) -> Instance:
        if self._instance is None:
            raise RuntimeError("The simulator is not running")
        return self._instance

    @property
    def url(self) -> str:
        return self.instance.url

    def start(self) -> str:
        """Listen, and return the address; the port is a free one unless it was given."""
        if self._server is not None:
            raise RuntimeError("The simulator runs already")
        instance = Instance(*self._options)
        api, control = _routers()
        try:
            self._tls = self._make_tls()
            context = self._tls.context if self._tls else None
            self._server = Server(*self._address, Dispatcher(instance, api, control, Site(instance)), context)
        except BaseException:
            instance.close()
            self._forget_tls()
            raise
        instance.url = f"{'https' if self._tls else 'http'}://{self._address[0]}:{self._server.server_address[1]}"
        self._instance = instance
        self._process = os.getpid()
        self._thread = threading.Thread(target=_serve, args=(self._server,), name="snow-simulator")
        self._thread.daemon = True
        self._thread.start()
        return instance.url

    def stop(self) -> None:
        """Close every connection; no thread, socket or temporary file stays behind."""
        server, thread, instance = self._server, self._thread, self._instance
        if server is None or thread is None or instance is None:
            return
        if os.getpid() != self._process:
            # A child of the process that started it: the threads and the files are the parent's.
            server.socket.close()
            self._server = self._thread = self._instance = self._tls = None
            return
        instance.stopping.set()
        server.shutdown()
        thread.join()
        server.close_all()
        instance.close()
        self._forget_tls()
        self._server = self._thread = self._instance = None

    @property
    def ca_file(self) -> Path:
        """What clients verify the server's certificate with: a PEM file that is gone when the simulator stops."""
        return self._running_tls().ca_file

    def client_certificate(self, user_name: str, file: str | Path | None = None) -> Path:
        """A PEM file with key and certificate that stands for a user; as `ca_file`, unless `file` is given."""
        tls = self._running_tls()
        pem, der = tls.issue(user_name)
        with self.instance.lock:
            map_certificate(self.instance, user_name, der)
        return tls.keep(pem, Path(file) if file else None)

    def _running_tls(self) -> Tls:
        if self._tls is None:
            raise RuntimeError("The simulator is not running with TLS")
        return self._tls

    def _make_tls(self) -> Tls | None:
        if self._files is None:
            return None
        directory = Path(tempfile.mkdtemp(prefix="snow-simulator-tls-"))
        try:
            return Tls(directory, self._files)
        except (OSError, ValueError):
            shutil.rmtree(directory, ignore_errors=True)
            raise

    def _forget_tls(self) -> None:
        if self._tls:
            shutil.rmtree(self._tls.directory, ignore_errors=True)
        self._tls = None

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _serve(server: Server) -> None:
    """Signals are for the main thread: one that came to this one, or to those that it starts, might wake nobody."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    server.serve_forever(0.05)


@cache
def _routers() -> tuple[Router, Router]:
    """Those of the API and of the control API: the same for every simulator, and slow to make."""
    api, control = Router(), Router()
    for area in (table_routes, attachment_routes, change_routes, oauth_routes):
        area.register(api)
    for area in (batch_routes, aggregate_routes, tinyurl_routes):
        area.register(api)
    api.add("GET", "/maintenance.do", lambda call: page(200, MAINTENANCE_PAGE))
    control_routes.register(control)
    return api, control
