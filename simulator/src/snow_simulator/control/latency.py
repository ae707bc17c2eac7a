"""How long something takes: a fixed time, or one drawn from a distribution with a seed of its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .problems import ControlValueError

LONGEST_MS = 600_000.0
_SHAPES = ("ms", "uniform", "normal", "lognormal", "percentiles")
_WORDS = {
    "uniform": "the lowest and the highest milliseconds",
    "normal": "mean and standard deviation in milliseconds",
    "lognormal": "median in milliseconds and sigma (of the logarithm)",
}
_Draw = Callable[[random.Random], float]


@dataclass(slots=True)
class Latency:
    """`spec` is what the user asked for; the same draws come after every reset."""

    spec: dict[str, Any]
    _draw: _Draw
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def seconds(self) -> float:
        return min(max(self._draw(self._random), 0.0), LONGEST_MS) / 1000


def fixed(milliseconds: float) -> Latency:
    return Latency({"ms": milliseconds}, lambda _: milliseconds)


def read_latency(spec: object) -> Latency:
    """From a number of milliseconds, or an object with one of `_SHAPES` and perhaps a `seed`."""
    if not isinstance(spec, dict):
        return fixed(_milliseconds(spec, "a latency"))
    shapes = [name for name in _SHAPES if name in spec]
    unknown = set(spec) - {*_SHAPES, "seed"}
    if len(shapes) != 1 or unknown:
        raise ControlValueError(f"A latency has one of {', '.join(_SHAPES)}, and perhaps 'seed'")
    seed = spec.get("seed", 0)
    if not isinstance(seed, int | str):
        raise ControlValueError("'seed' is a number or a text")
    drawn = Latency(_plain(spec), _reader(shapes[0], spec[shapes[0]]), random.Random(seed))
    drawn.seconds()  # An impossible distribution is refused now, not when it is needed.
    drawn._random.seed(seed)
    return drawn


def _plain(spec: dict[str, Any]) -> dict[str, Any]:
    return {name: float(value) if name == "ms" else value for name, value in spec.items()}


def _reader(shape: str, value: object) -> _Draw:
    if shape == "ms":
        milliseconds = _milliseconds(value, "'ms'")
        return lambda _: milliseconds
    if shape == "percentiles":
        return _percentiles(value)
    if not isinstance(value, list) or len(value) != 2:
        raise ControlValueError(f"'{shape}' is a list of two numbers: {_WORDS[shape]}")
    first, second = (_milliseconds(item, f"'{shape}'") for item in value)
    if shape == "uniform":
        if first > second:
            raise ControlValueError("'uniform' is the lowest, then the highest")
        return lambda source: source.uniform(first, second)
    if shape == "normal":
        return lambda source: source.gauss(first, second)
    if second > 20:
        raise ControlValueError("'lognormal' takes a sigma from 0 to 20")
    return lambda source: first * source.lognormvariate(0, second)


def _percentiles(value: object) -> _Draw:
    """A piecewise linear distribution through the given points, flat below the first and above the last."""
    word = '\'percentiles\' is an object like {"50": 80, "99": 1200}, in milliseconds, going up'
    if not isinstance(value, dict) or not value:
        raise ControlValueError(word)
    try:
        points = sorted((float(key), _milliseconds(item, "'percentiles'")) for key, item in value.items())
    except ValueError:
        raise ControlValueError(word) from None
    times = [item for _, item in points]
    if not all(0 <= key <= 100 for key, _ in points) or times != sorted(times):
        raise ControlValueError(word)
    return lambda source: _interpolate(points, source.uniform(0, 100))


def _interpolate(points: list[tuple[float, float]], at: float) -> float:
    before = points[0]
    for point in points:
        if at <= point[0]:
            width = point[0] - before[0]
            part = (at - before[0]) / width if width else 1.0
            return before[1] + part * (point[1] - before[1])
        before = point
    return before[1]


def _milliseconds(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_MS:
        raise ControlValueError(f"{what} takes milliseconds from 0 to {LONGEST_MS:.0f}")
    return float(value)
