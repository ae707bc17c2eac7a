"""The command snow-simulator dump: everything of a running simulator into a file."""

from __future__ import annotations

import argparse
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from .control.dump import form_of


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    form = form_of(Path(options.file))
    url = f"{options.url.rstrip('/')}/_sim/dump?format={form}&contents={'false' if options.no_contents else 'true'}"
    # The certificate of a simulator is made on the spot: there is nobody who could vouch for it.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(url, timeout=options.timeout, context=context) as answer:
            data: bytes = answer.read()
        if options.file == "-":
            sys.stdout.write(data.decode())
        else:
            Path(options.file).write_bytes(data)
    except (urllib.error.URLError, OSError, ValueError) as error:
        print(f"snow-simulator: {options.url}: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="snow-simulator dump", description=__doc__)
    parser.add_argument("file", help="where to; YAML, or JSON if it ends in .json; - is the standard output")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="of the running simulator (%(default)s)")
    parser.add_argument("--no-contents", action="store_true", help="leave out the contents of attachments")
    parser.add_argument("--timeout", type=float, default=300, help="seconds (%(default)s)")
    return parser
