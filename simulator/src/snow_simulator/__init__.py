"""A local ServiceNow instance for tests and demonstrations."""

__version__ = "0.1.0"

from .simulator import Simulator

__all__ = ["Simulator", "__version__"]
