"""Which function serves which URL."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, RequestRedirect, Rule

from .reply import Route

_VERSIONS = ("v1", "v2", "v3")


class Trait(Flag):
    """How a route differs from one that reads and answers a document in one transaction."""

    NONE = 0
    # Bodies are files: any Content-Type is taken, and any Accept.
    FILES = auto()
    # Made of requests of their own: neither lock nor transaction around it; JSON only.
    COMPOUND = auto()
    # A GET that writes: a transaction of its own, which sees the truth and not what a stale read would.
    WRITES = auto()
    # Takes the lock and a transaction itself, for the part of its work that needs them (Call.writing).
    UNLOCKED = auto()


@dataclass(frozen=True, slots=True)
class Match:
    """A route found, with the parts of its path."""

    route: Route
    arguments: dict[str, str]
    traits: Trait = Trait.NONE


class Router:
    """Routes by method and path. More specific paths win, whatever the order of adding."""

    def __init__(self) -> None:
        self._map = Map(strict_slashes=False, merge_slashes=False)
        self._routes: dict[str, tuple[Route, Trait]] = {}

    def add(self, methods: str, path: str, route: Route, traits: Trait = Trait.NONE) -> None:
        """`methods` is one or more method names, separated by blanks; GET includes HEAD."""
        endpoint = f"{methods} {path}"
        self._routes[endpoint] = (route, traits)
        self._map.add(Rule(path, methods=methods.split(), endpoint=endpoint))

    def add_versioned(
        self,
        methods: str,
        api: str,
        path: str,
        route: Route,
        traits: Trait = Trait.NONE,
        versions: tuple[str, ...] = _VERSIONS,
    ) -> None:
        """Under `/api/{api}` and under `/api/{api}/v1` and the like."""
        self.add(methods, f"/api/{api}{path}", route, traits)
        self.add(methods, f"/api/{api}/<any({', '.join(versions)}):api_version>{path}", route, traits)

    def match(self, method: str, path: str) -> Match | None:
        adapter = self._map.bind("simulator", path_info=path, default_method=method)
        try:
            endpoint, arguments = adapter.match()
        except (HTTPException, RequestRedirect):
            return None
        route, traits = self._routes[endpoint]
        return Match(route, {str(key): str(value) for key, value in arguments.items()}, traits)

    def methods(self, path: str) -> list[str]:
        """What a path can be asked with; [] for one that is no resource."""
        adapter = self._map.bind("simulator", path_info=path)
        try:
            adapter.match(method="-")
        except MethodNotAllowed as error:
            return sorted(error.valid_methods or ())
        except (HTTPException, RequestRedirect):
            return []
        return []
