"""HTTPS: certificates made on the spot, or given; client certificates."""

from __future__ import annotations

import contextlib
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trustme

# Whoever connects and then says nothing is hung up on.
_HANDSHAKE_SECONDS = 10.0
_PLAIN_HTTP = (
    b"HTTP/1.1 400 Bad Request\r\nServer: ServiceNow\r\nContent-Type: text/plain\r\nContent-Length: 54\r\n"
    b"Connection: close\r\n\r\nThe plain HTTP request was sent to the port for HTTPS."
)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of one's own: certificate (with its chain) and key, and who signs the clients' certificates."""

    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None


class Tls:
    """The certificate authority of one run, and the context for its connections.

    `ca_file` is what clients verify the server with; with a certificate of one's own it is that certificate's file.
    """

    def __init__(self, directory: Path, files: TlsFiles) -> None:
        """ValueError names the file that cannot be used."""
        # Only with TLS: it takes longer to load than the rest.
        import trustme

        self.directory = directory
        self._ca: trustme.CA = trustme.CA(organization_name="snow-simulator")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        if files.certificate or files.key:
            self.ca_file = _load(self.context, files)
        else:
            self.ca_file = directory / "ca.pem"
            self._ca.cert_pem.write_to_path(str(self.ca_file))
            self._ca.issue_cert("localhost", "127.0.0.1").configure_cert(self.context)
        self._accept_clients(files.client_ca)

    def _accept_clients(self, client_ca: Path | None) -> None:
        """Asked for, not demanded: whoever shows none has other ways to say who they are."""
        self._ca.configure_trust(self.context)
        if client_ca:
            try:
                self.context.load_verify_locations(cafile=client_ca)
            except (OSError, ValueError) as error:
                raise ValueError(f"{client_ca} is no file of certificates: {_reason(error)}") from None
        self.context.verify_mode = ssl.CERT_OPTIONAL

    def issue(self, user_name: str) -> tuple[bytes, bytes]:
        """A client certificate: with its key as PEM, and alone as DER."""
        issued = self._ca.issue_cert(common_name=user_name, organization_name="snow-simulator")
        alone = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
        return issued.private_key_and_cert_chain_pem.bytes(), alone

    def keep(self, pem: bytes, file: Path | None) -> Path:
        """Writes it for its owner's eyes only; without a file, to one that goes when the simulator stops."""
        path = file or self.directory / f"client-{len(list(self.directory.iterdir()))}.pem"
        path.touch(0o600)
        path.chmod(0o600)
        path.write_bytes(pem)
        return path


def _load(context: ssl.SSLContext, files: TlsFiles) -> Path:
    if files.certificate is None or files.key is None:
        raise ValueError("A certificate of one's own takes both its file and that of its key")
    try:
        # The password keeps OpenSSL from asking for one on the terminal.
        context.load_cert_chain(files.certificate, files.key, password="")
    except (OSError, ValueError) as error:
        where = f"{files.certificate} with the key {files.key}"
        raise ValueError(f"The certificate {where} cannot be used: {_reason(error)}") from None
    return files.certificate


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)


def secured(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Not yet shaken hands with: the server must know the connection first, to be able to end it."""
    return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)


def shake_hands(connection: socket.socket) -> bool:
    """In the connection's own thread. False, and no word, where the other side wants no TLS that this one has."""
    if not isinstance(connection, ssl.SSLSocket):
        return True
    connection.settimeout(_HANDSHAKE_SECONDS)
    try:
        connection.do_handshake()
    except (OSError, ValueError) as error:
        if getattr(error, "reason", "") == "HTTP_REQUEST":
            _answer_plainly(connection)
        return False
    connection.settimeout(None)
    return True


def _answer_plainly(connection: socket.socket) -> None:
    """Past the TLS layer, which has nothing to say to a client that speaks plain HTTP."""
    with contextlib.suppress(OSError):
        socket.socket.sendall(connection, _PLAIN_HTTP)
        socket.socket.shutdown(connection, socket.SHUT_WR)
        connection.settimeout(1)
        # Closed with its request unread, the connection would be reset before the client reads the answer.
        while socket.socket.recv(connection, 65536):
            pass


def shown_certificate(connection: socket.socket) -> bytes | None:
    """The client's certificate as DER, if it showed one; OpenSSL has verified it."""
    return connection.getpeercert(True) if isinstance(connection, ssl.SSLSocket) else None


def say_goodbye(connection: socket.socket) -> None:
    """Ends TLS without waiting for the other side's answer."""
    if isinstance(connection, ssl.SSLSocket):
        connection.settimeout(0)
        with contextlib.suppress(OSError, ValueError):
            connection.unwrap()
        connection.close()


def cut(connection: socket.socket) -> None:
    """Below TLS, if there is any: nothing more is said, and the connection's own thread finds out by reading."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
