"""Numbers that remember where they come from, so that a caption can tell of each how it was obtained.

:func:`traced` wraps the members of a result. What is read from the wrapping has the same values, to
arithmetic, comparison and numpy, but knows the Python expression in the result's members that gives it. When
it is put into a text, it leaves a mark there: its expression and the format it was written in. What passes
through ``int``, ``len`` or a plain list forgets where it came from; so a caption has its numbers traced as
far as possible, and none of them wrongly.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from landscape import Bundle

LONGEST = 200
"""Characters of an expression that is still told."""
MOST = 1000
"""Entries of a list whose entries are followed."""
BEGIN, MIDDLE, END = "\ue000", "\ue001", "\ue002"
"""Private characters around a mark in a text: the number of the mark, and what was written."""
FUNCTIONS = {"maximum.reduce": "np.max", "minimum.reduce": "np.min", "add.reduce": "np.sum"}
"""How numpy's reductions are called."""
SIGNS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**"}
"""How Python's operators are written."""


@dataclass(frozen=True)
class Mark:
    """What was written into a text.

    expression : of the members of a result, in Python, with numpy as ``np``
    format : specification that it was written in
    value : itself
    """

    expression: str
    format: str
    value: Any


@dataclass
class Trace:
    """What a caption does with a result.

    marks : what it has written
    read : the members that it has read, in order
    has_exponents : whether numbers such as 1e+05 are marked; some captions take them apart
    """

    marks: list[Mark] = field(default_factory=list)
    read: dict[str, Any] = field(default_factory=dict)
    has_exponents: bool = True

    def write(self, text: str, mark: Mark) -> str:
        """Return ``text`` with a mark around it."""
        if mark.format.endswith("e") and not self.has_exponents:
            return text
        self.marks.append(mark)
        return f"{BEGIN}{len(self.marks) - 1}{MIDDLE}{text}{END}"


def traced(result: Bundle, trace: Trace) -> Bundle:
    """Return a bundle of the same members, whose reading and writing ``trace`` keeps."""
    return _Watched(result, "", trace)


def _wrapped(value: Any, expression: str, trace: Trace) -> Any:
    """Return ``value`` so that it knows its expression, where there is a way."""
    made = value
    if len(expression) > LONGEST or isinstance(value, bool | np.bool_):
        pass
    elif isinstance(value, Bundle):
        made = _Watched(value, f"{expression}.", trace)
    elif type(value) is np.ndarray and value.dtype.kind in "biuf":
        made = _Array.of(value, expression, trace)
    elif type(value) in _KINDS:
        made = _KINDS[type(value)].of(value, expression, trace)
    elif type(value) is tuple and len(value) <= MOST:
        made = tuple(_wrapped(v, f"{expression}[{i}]", trace) for i, v in enumerate(value))
    elif dataclasses.is_dataclass(value):
        made = _watched_result(value, f"{expression}.", trace)
    return made


class _Watched(Bundle):
    """A bundle that wraps its members when they are read."""

    def __init__(self, result: Bundle, at: str, trace: Trace) -> None:
        object.__setattr__(self, "_items", dict(result))
        object.__setattr__(self, "_at", at)
        object.__setattr__(self, "_trace", trace)

    def __getitem__(self, name: str) -> Any:
        value, here = self._items[name], f"{self._at}{name}"
        self._trace.read.setdefault(here, value)
        return _wrapped(value, here, self._trace)

    def __getattr__(self, name: str) -> Any:
        if name in self._items:
            return self[name]
        return super().__getattr__(name)


def _watched_result(value: Any, at: str, trace: Trace) -> Any:
    """Return a result that wraps its members and properties when they are read from outside.

    It is of a class of its own below the result's, so that whatever takes the result takes it.
    """
    kind: Any = type(value)
    inside = 0

    def read(self: Any, name: str) -> Any:
        nonlocal inside
        if name.startswith("_") or inside:
            return object.__getattribute__(self, name)
        inside += 1
        try:
            found = object.__getattribute__(self, name)
        finally:
            inside -= 1
        if callable(found):
            return getattr(value, name)
        trace.read.setdefault(f"{at}{name}", found)
        return _wrapped(found, f"{at}{name}", trace)

    watched = type(kind.__name__, (kind,), {"__getattribute__": read})
    same: Any = object.__new__(watched)
    same.__dict__.update(value.__dict__)
    return same


class _Written:
    """A number that leaves a mark where it is written into a text."""

    expression: str
    log: Trace
    plain: Any

    @classmethod
    def of(cls, value: Any, expression: str, trace: Trace) -> Any:
        made = cls(value)  # type: ignore[call-arg]
        made.expression, made.log, made.plain = expression, trace, value
        return made

    def __getattr__(self, name: str) -> Any:
        if name in {"plain", "__array__"}:
            raise AttributeError(name)
        return getattr(self.plain, name)  # what numpy's numbers have and Python's have not

    def __format__(self, spec: str) -> str:
        return self.log.write(format(self.plain, spec), Mark(self.expression, spec, self.plain))

    def __str__(self) -> str:
        return self.log.write(str(self.plain), Mark(self.expression, "", self.plain))

    def __reduce__(self) -> Any:
        return type(self.plain), (self.plain,)


def _operator(name: str, sign: str, *, is_swapped: bool) -> Callable[[Any, Any], Any]:
    def operate(self: Any, other: Any) -> Any:
        if not isinstance(other, int | float | Fraction | np.number):
            return getattr(self.plain, f"__{'r' if is_swapped else ''}{name}__")(other)
        # The operator and not its method: of two of one class, Python asks the right one for no answer.
        left, right = (other, self) if is_swapped else (self, other)
        found = getattr(operator, name)(_plain(left), _plain(right))
        return _wrapped(found, f"{_expression(left)} {sign} {_expression(right)}", self.log)

    return operate


def _expression(value: Any) -> str:
    return f"({value.expression})" if isinstance(value, _Written) else repr(value)


_OPERATORS = {
    f"__{r}{name}__": _operator(name, sign, is_swapped=r == "r") for name, sign in SIGNS.items() for r in ("", "r")
}
_PYTHON: dict[type, Any] = {
    kind: type(f"_{kind.__name__}", (_Written, kind), dict(_OPERATORS)) for kind in (int, float, Fraction)
}
_KINDS: Mapping[type, Any] = {
    **_PYTHON,
    # Below Python's numbers: numpy takes classes below its own for what they are not, and crashes.
    np.int64: _PYTHON[int],
    np.float32: _PYTHON[float],
    np.float64: _PYTHON[float],
}


class _Array(np.ndarray[Any, Any]):
    """An array whose parts, reductions and elementwise results know where they come from.

    What a method of numpy makes of it has no expression: it is an array like any other.
    """

    expression: str | None = None
    log: Trace

    @classmethod
    def of(cls, value: Any, expression: str, trace: Trace) -> Any:
        made = value.view(cls)
        made.expression, made.log = expression, trace
        return made

    @property
    def size(self) -> Any:
        found = _plain(self).size
        return found if self.expression is None else _wrapped(found, f"{self.expression}.size", self.log)

    def __getitem__(self, key: Any) -> Any:
        found, shown = _plain(self)[_plain(key)], _index(key)
        unknown = shown is None or self.expression is None
        return found if unknown else _wrapped(found, f"{self.expression}[{shown}]", self.log)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def tolist(self) -> Any:
        return [self[i] for i in range(len(self))] if self.ndim == 1 and len(self) <= MOST else _plain(self).tolist()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        found = getattr(ufunc, method)(*_plain(inputs), **_plain(kwargs))
        name = f"{ufunc.__name__}.{method}" if method != "__call__" else ufunc.__name__
        called = FUNCTIONS.get(name, f"np.{name}")
        return self._called(found, called, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        found = function(*_plain(arguments), **_plain(options))
        module = function.__module__.replace("numpy", "np", 1)
        return self._called(found, f"{module}.{function.__name__}", arguments, options)

    def _called(self, found: Any, name: str, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        """Return what a function of numpy found, with its call as expression where that is a short one."""
        usual = (None, False, getattr(np, "_NoValue", None))
        if any(all(value is not u for u in ((True,) if key == "where" else usual)) for key, value in options.items()):
            return found
        told = [_argument(argument) for argument in arguments]
        trace = next((a.log for a in arguments if isinstance(a, _Array) and a.expression), None)
        if trace is None or None in told:
            return found
        return _wrapped(found, f"{name}({', '.join(t for t in told if t is not None)})", trace)


def _plain(value: Any) -> Any:
    """Return a value, or what is inside of it, without its expression."""
    match value:
        case _Array():
            return value.view(np.ndarray)
        case _Written():
            return value.plain
        case tuple():
            return tuple(map(_plain, value))
        case list():
            return [_plain(v) for v in value]
        case dict():
            return {k: _plain(v) for k, v in value.items()}
    return value


def _argument(value: Any) -> str | None:
    """Return an argument as Python writes it, None where its expression is not known."""
    if isinstance(value, _Written | _Array):
        return value.expression
    return repr(value) if isinstance(value, int | float | np.number | None) else None


def _index(key: Any) -> str | None:
    """Return an index as Python writes it, None where it takes too much room."""
    parts = [_one_index(part) for part in (key if isinstance(key, tuple) else (key,))]
    return ", ".join(p for p in parts if p is not None) if None not in parts else None


def _one_index(part: Any) -> str | None:
    match part:
        case bool() | np.bool_():
            return None
        case int() | np.integer():
            return str(int(part))
        case slice():
            ends = ["" if end is None else str(int(end)) for end in (part.start, part.stop, part.step)]
            return ":".join(ends[:2] if not ends[2] else ends)
        case _Array():
            return part.expression
        case list() if all(isinstance(p, int) for p in part):
            return repr([int(p) for p in part])
    return None
