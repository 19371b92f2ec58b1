"""What every endpoint works with: settings, store and engine, and how a model is found by name."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .engine import Engine
from .exchange import RefusedError
from .gojson import kind_of
from .model import Model, find
from .names import InvalidNameError
from .settings import Settings
from .store import Store


@dataclass(frozen=True)
class Service:
    """One server."""

    settings: Settings
    store: Store
    engine: Engine

    def model(self, request: dict[str, Any]) -> Model:
        """Open the model that a request asks for, or refuse as a real server does."""
        asked = named(request)
        try:
            return find(self.store, asked)
        except InvalidNameError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "model is required") from error
        except FileNotFoundError as error:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"model '{asked}' not found") from error


def named(request: dict[str, Any]) -> str:
    """Return the name in a request; `name` is the older spelling of `model`."""
    return str(field(request, "model", str, "") or field(request, "name", str, ""))


def field(request: dict[str, Any], name: str, kind: type, default: Any) -> Any:
    """Return one field of a request, or refuse a value of another type in Go's words."""
    value = request.get(name)
    if value is None:
        return default
    if isinstance(value, kind) and not (kind is not bool and isinstance(value, bool)):
        return value
    wanted = {str: "string", bool: "bool", int: "int", list: "[]api.Message", dict: "map[string]interface {}"}[kind]
    raise RefusedError(
        HTTPStatus.BAD_REQUEST,
        f"json: cannot unmarshal {kind_of(value)} into Go struct field Request.{name} of type {wanted}",
    )
