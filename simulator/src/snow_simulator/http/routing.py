"""Which function serves which URL."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect, Rule

from .call import Route


@dataclass(frozen=True, slots=True)
class Match:
    """A route found, with the parts of its path."""

    route: Route
    arguments: dict[str, str]


class Router:
    """Routes by method and path. More specific paths win, whatever the order of adding."""

    def __init__(self) -> None:
        self._map = Map(strict_slashes=False, merge_slashes=False)
        self._routes: dict[str, Route] = {}

    def add(self, methods: str, path: str, route: Route) -> None:
        """`methods` is one or more method names, separated by blanks."""
        endpoint = f"{methods} {path}"
        self._routes[endpoint] = route
        self._map.add(Rule(path, methods=methods.split(), endpoint=endpoint))

    def add_versioned(self, methods: str, api: str, path: str, route: Route) -> None:
        """Under `/api/{api}` and under `/api/{api}/v1` and the like."""
        self.add(methods, f"/api/{api}{path}", route)
        self.add(methods, f"/api/{api}/<any(v1, v2, v3):api_version>{path}", route)

    def match(self, method: str, path: str) -> Match | None:
        adapter = self._map.bind("simulator", path_info=path, default_method=method)
        try:
            endpoint, arguments = adapter.match()
        except (HTTPException, RequestRedirect):
            return None
        return Match(self._routes[endpoint], {str(key): str(value) for key, value in arguments.items()})
