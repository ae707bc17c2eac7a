"""The command snow-simulator as a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys

READY = re.compile(r"^snow-simulator ready at https?://127\.0\.0\.1:\d+\n$")


def start(*options: str) -> tuple[subprocess.Popen[str], str, list[str]]:
    """The process, its address (on a free port), and the lines that it wrote until it was ready."""
    command = [sys.executable, "-m", "snow_simulator", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or not READY.match(lines[-1]):
        lines.append(process.stdout.readline())
        assert lines[-1], f"{lines} {process.communicate(timeout=5)}"
    return process, lines[-1].split()[-1], lines[:-1]
