"""The command snow-simulator."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import sys
from collections.abc import Sequence

import yaml

from . import __version__, dump_command
from .simulator import STOPPING, Simulator
from .store.document import DataError

_EPILOG = "snow-simulator dump FILE writes everything of a running simulator to a file, for --data."


def main(arguments: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["dump"]:
        return dump_command.main(words[1:])
    options = _parser().parse_args(words)
    try:
        simulator = Simulator(
            data=options.data,
            database=options.database,
            host=options.host,
            port=options.port,
            tls=options.tls or bool(options.client_certificate),
            tls_cert=options.tls_cert,
            tls_key=options.tls_key,
            client_ca=options.client_ca,
            settings=_settings(options.set),
        )
        url = simulator.start()
    except (DataError, ValueError, OverflowError, OSError, sqlite3.Error) as error:
        print(f"snow-simulator: {error}", file=sys.stderr)
        return 2
    try:
        _certificates(simulator, url, options.client_certificate)
    except (ValueError, OSError) as error:
        simulator.stop()
        print(f"snow-simulator: {error}", file=sys.stderr)
        return 2
    # Waited for, not handled: a handler may be put off for as long as the main thread sleeps on a lock.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    print(f"snow-simulator ready at {url}", flush=True)
    signal.sigwait(STOPPING)
    simulator.stop()
    return 0


def _settings(pairs: Sequence[str]) -> dict[str, object]:
    """`NAME=VALUE`, the value as YAML has it: true, 2, null or text."""
    found: dict[str, object] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise ValueError(f"--set takes NAME=VALUE, not '{pair}'")
        try:
            found[name] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise ValueError(f"--set {name} cannot be '{value}'") from None
    return found


def _certificates(simulator: Simulator, url: str, wanted: Sequence[str]) -> None:
    """Says where the CA is, and writes the certificates of clients."""
    for pair in wanted:
        user_name, separator, file = pair.partition("=")
        if not separator or not user_name or not file:
            raise ValueError(f"--client-certificate takes USER=FILE, not '{pair}'")
        simulator.client_certificate(user_name, file)
    if url.startswith("https:"):
        print(f"snow-simulator CA certificate: {simulator.ca_file}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="snow-simulator", description=__doc__, epilog=_EPILOG)
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one (%(default)s)")
    parser.add_argument("--data", default="demo", help="demo, minimal, or a YAML file or directory (%(default)s)")
    parser.add_argument("--database", metavar="FILE", help="keep the data in this SQLite file between runs")
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a setting of the control API that a reset goes back to; may be repeated",
    )
    tls = parser.add_argument_group("HTTPS")
    tls.add_argument("--tls", action="store_true", help="with a certificate made on the spot")
    tls.add_argument("--tls-cert", metavar="FILE", help="with this certificate (PEM, with its chain)")
    tls.add_argument("--tls-key", metavar="FILE", help="its key (PEM)")
    tls.add_argument("--client-ca", metavar="FILE", help="who signs certificates that clients may show (PEM)")
    tls.add_argument(
        "--client-certificate",
        metavar="USER=FILE",
        action="append",
        default=[],
        help="make a client certificate that stands for the user, with its key (PEM)",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser
