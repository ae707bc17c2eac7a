# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what the library needs beside pysnow 0.7.17 and PySNC 1.2.1: lists, one look-up, creates, a large attachment.

`python -m benchmarks.library [--records 5000 50000] [--latency 0 50] [--rounds 3] [--megabytes 200]`. It takes some
minutes; the simulator and each client run in processes of their own.
"""

from __future__ import annotations

import argparse

from benchmarks import attachments, listing, records
from benchmarks.harness import simulator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="*", default=[5000, 50000], help="lists of so many")
    parser.add_argument("--creates", type=int, default=100)
    parser.add_argument("--megabytes", type=int, default=200, help="size of the attachment; 0 leaves it out")
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 50], help="milliseconds of every answer")
    parser.add_argument("--rounds", type=int, default=3, help="runs of which the least seconds count")
    options = parser.parse_args()
    with simulator() as desk:
        for latency in options.latency:
            records.report(desk, options.creates, latency, options.rounds)
    for latency in options.latency if options.megabytes else ():
        with simulator() as desk:
            attachments.report(desk, options.megabytes, latency, options.rounds)
    with simulator() as desk:
        for count in sorted(options.records):
            for latency in options.latency:
                listing.report(desk, count, latency, options.rounds)


if __name__ == "__main__":
    main()
