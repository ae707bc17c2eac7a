"""The command snow-simulator."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence

from . import __version__
from .simulator import Simulator
from .store.document import DataError


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        simulator = Simulator(data=options.data, database=options.database, host=options.host, port=options.port)
        url = simulator.start()
    except (DataError, ValueError, OverflowError, OSError, sqlite3.Error) as error:
        print(f"snow-simulator: {error}", file=sys.stderr)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    print(f"snow-simulator ready at {url}", flush=True)
    stop.wait()
    simulator.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="snow-simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one (%(default)s)")
    parser.add_argument("--data", default="demo", help="demo, minimal, or a YAML file or directory (%(default)s)")
    parser.add_argument("--database", metavar="FILE", help="keep the data in this SQLite file between runs")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser
