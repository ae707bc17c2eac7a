"""A threaded HTTP/1.1 server with keep-alive, one number for each connection, and clean shutdown."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import sys
import threading
import time
import traceback
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from .bodies import read_body
from .exchange import CLIENT_CERTIFICATE, Answer, Application, Incoming
from .tls import cut, say_goodbye, secured, shake_hands, shown_certificate


class Handler(BaseHTTPRequestHandler):
    """One connection. Parses requests, hands them to the application, writes each answer in one go."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Server
    certificate: bytes | None = None

    def setup(self) -> None:
        if self.server.context:
            self.request = secured(self.request, self.server.context)
        super().setup()
        self.number = self.server.opened(self.connection)

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()
        say_goodbye(self.connection)
        self.server.closed(self.connection)

    def handle(self) -> None:
        # A client that goes away is no news.
        with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
            if shake_hands(self.connection):
                self.certificate = shown_certificate(self.connection)
                super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the request log is under /_sim/log."""

    def __getattr__(self, name: str) -> Any:
        # Every method goes to the application, which says what it does not know.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        started = time.perf_counter()
        try:
            body, size = read_body(self.rfile, self.headers)
        except ValueError:
            self.send_error(400)
            self.close_connection = True
            return
        with body:
            answer = self.server.application(Incoming(self._environ(body, size), self.number, size, started))
            if answer is None:
                self._drop()
            else:
                self._send(answer)

    def _drop(self) -> None:
        self.close_connection = True
        cut(self.connection)

    def _send(self, answer: Answer) -> None:
        lines = [f"HTTP/1.1 {answer.status}\r\n"]
        # A value cannot end its line: some come from clients.
        lines += [f"{name}: {' '.join(value.splitlines())}\r\n" for name, value in answer.headers]
        if self.close_connection:
            lines.append("Connection: close\r\n")
        self.wfile.write("".join(lines).encode("latin-1", "replace") + b"\r\n")
        blocks: Iterable[bytes] = () if self.command == "HEAD" else answer.blocks
        if answer.slow:
            self.wfile.flush()
        for block in blocks:
            self.wfile.write(block)
            if answer.slow:
                self.wfile.flush()
        self.wfile.flush()
        if answer.cut:
            self._drop()

    def _environ(self, body: IO[bytes], size: int) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        if "://" in path:
            # As a client behind a proxy sends it.
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": self.server.server_address[0],
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_LENGTH": str(size),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "wsgi.input": body,
            "wsgi.input_terminated": True,
            "wsgi.url_scheme": "https" if self.server.context else "http",
            CLIENT_CERTIFICATE: self.certificate,
            "RAW_PATH": path,
        }
        for name, value in self.headers.items():
            environ.setdefault("HTTP_" + name.upper().replace("-", "_"), value)
        return environ


class Server(ThreadingMixIn, TCPServer):
    """Threads are joined when it closes; connections are shut down so that this does not wait."""

    allow_reuse_address = True
    request_queue_size = 256
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, application: Application, context: ssl.SSLContext | None) -> None:
        self.application = application
        self.context = context
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._handlers: set[threading.Thread] = set()
        super().__init__((host, port), Handler)

    def opened(self, connection: socket.socket) -> int:
        with self._lock:
            self._connections.add(connection)
            self._handlers.add(threading.current_thread())
            return next(self._numbers)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)
            self._handlers.discard(threading.current_thread())

    def handle_error(self, request: object, client_address: object) -> None:
        """A broken connection is the client's business; anything else is a bug and shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()

    def close_all(self) -> None:
        """Stop listening, end every connection and wait for its thread."""
        self.server_close()
        with self._lock:
            connections, threads = list(self._connections), list(self._handlers)
        for connection in connections:
            cut(connection)
        for thread in threads:
            thread.join(timeout=5)
