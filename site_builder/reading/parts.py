"""The parts that a record is made of, found by their type, with the key of each. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

P = TypeVar("P", bound=BaseModel)


def find_parts(owner: BaseModel, kind: type[P]) -> Iterator[tuple[str, P]]:
    """Yield (dotted key, part) for `owner` itself and everything in it that is of type `kind`, in the order written."""
    if isinstance(owner, kind):
        yield "", owner
    for name in _holders(type(owner), kind):
        value = getattr(owner, name)
        if not value:
            continue
        for key, part in _models_in(name, value):
            for rest, found in find_parts(part, kind):
                yield f"{key}.{rest}" if rest else key, found


@cache
def can_hold(model: type[BaseModel], kind: type[BaseModel]) -> bool:
    """Tell whether `find_parts` can find a part of a type in a model."""
    return issubclass(model, kind) or bool(_holders(model, kind))


def models_of(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that a value of this annotation may be or hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_of(part)]


def _models_in(key: str, value: Any) -> Iterator[tuple[str, BaseModel]]:
    if isinstance(value, BaseModel):
        yield key, value
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _models_in(f"{key}.{index}", item)


@cache
def _holders(model: type[BaseModel], kind: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of `model` below which a `kind` can stand; most records have few, so most cost nothing."""
    return tuple(
        name
        for name, field in model.model_fields.items()
        if any(issubclass(one, kind) for one in _reachable(field.annotation))
    )


def _reachable(annotation: Any) -> set[type[BaseModel]]:
    """Return every model that a value of this annotation can hold, however deep; models may hold themselves."""
    found: set[type[BaseModel]] = set()
    waiting = models_of(annotation)
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [one for field in model.model_fields.values() for one in models_of(field.annotation)]
    return found
