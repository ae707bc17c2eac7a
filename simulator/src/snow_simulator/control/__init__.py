"""What only a simulator has: faults, latency, the request log, reset and the like, under /_sim/."""
