"""The simulator as an object: start and stop it, or use it as a context manager."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

from .attachment import routes as attachment_routes
from .change import routes as change_routes
from .control import routes as control_routes
from .http.app import Dispatcher
from .http.routing import Router
from .http.server import Server
from .instance import Instance
from .oauth import routes as oauth_routes
from .page.site import Site
from .table import routes as table_routes

_LOOPBACK = ("127.0.0.1", "localhost")


class Simulator:
    """A ServiceNow instance on loopback.

    >>> with Simulator() as url:
    ...     requests.get(f"{url}/api/now/table/incident", auth=("admin", "admin"))
    """

    def __init__(
        self,
        *,
        data: str = "demo",
        database: str | Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        # Passwords are user names here: nobody but this machine may reach it.
        if host not in _LOOPBACK:
            raise ValueError(f"The simulator listens on loopback only, not on '{host}'")
        self._options = (data, Path(database) if database else None)
        self._address = ("127.0.0.1" if host == "localhost" else host, port)
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._instance: Instance | None = None

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
            self._server = Server(*self._address, Dispatcher(instance, api, control, Site(instance)))
        except OSError:
            instance.close()
            raise
        instance.url = f"http://{self._address[0]}:{self._server.server_address[1]}"
        self._instance = instance
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="snow-simulator")
        self._thread.daemon = True
        self._thread.start()
        return instance.url

    def stop(self) -> None:
        """Close every connection; no thread, socket or temporary file stays behind."""
        server, thread, instance = self._server, self._thread, self._instance
        if server is None or thread is None or instance is None:
            return
        instance.stopping.set()
        server.shutdown()
        thread.join()
        server.close_all()
        instance.close()
        self._server = self._thread = self._instance = None

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _routers() -> tuple[Router, Router]:
    api, control = Router(), Router()
    for area in (table_routes, attachment_routes, change_routes, oauth_routes):
        area.register(api)
    control_routes.register(control)
    return api, control
