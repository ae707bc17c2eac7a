"""From a request as it arrives to its answer: who calls, what goes wrong on request, which route serves it, the log."""
