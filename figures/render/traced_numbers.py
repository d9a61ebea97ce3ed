"""Numbers that carry the expression they were computed from, to record how each number in a caption was obtained.

:func:`traced` wraps the members of a result. A traced number behaves like the plain one in arithmetic, comparisons
and numpy, but carries the Python expression in the result's members that gives it. Formatting it into a string
leaves a mark there, with the expression and the format specification. Values that pass through ``int``, ``len`` or
a plain list lose their expression. So some numbers of a caption may stay untraced, but none is traced wrongly.
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
"""Largest length of a recorded expression, in characters."""
MOST = 1000
"""Largest length of a list whose entries are traced."""
BEGIN, MIDDLE, END = "\ue000", "\ue001", "\ue002"
"""Private-use characters that delimit a mark in a text: the number of the mark, then the formatted number."""
FUNCTIONS = {"maximum.reduce": "np.max", "minimum.reduce": "np.min", "add.reduce": "np.sum"}
"""Reductions by ufuncs of numpy -> the equivalent functions."""
SIGNS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**"}
"""Names of Python's operators -> their symbols."""


@dataclass(frozen=True)
class Mark:
    """A number that was formatted into a text.

    expression : Python expression in the members of a result, with numpy as ``np``
    format : format specification
    value : the number
    """

    expression: str
    format: str
    value: Any


@dataclass
class Trace:
    """A record of how a caption uses a result.

    marks : the traced numbers that were formatted
    read : the members that were read, in order
    has_exponents : whether numbers such as 1e+05 are marked; some captions split them into parts
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
    """Return a bundle of the same members; ``trace`` records which are read and formatted."""
    return _TracedBundle(result, "", trace)


def _wrapped(value: Any, expression: str, trace: Trace) -> Any:
    """Return ``value`` with its expression attached, if its type supports this."""
    made = value
    if len(expression) > LONGEST or isinstance(value, bool | np.bool_):
        pass
    elif isinstance(value, Bundle):
        made = _TracedBundle(value, f"{expression}.", trace)
    elif type(value) is np.ndarray and value.dtype.kind in "biuf":
        made = _TracedArray.of(value, expression, trace)
    elif type(value) in _KINDS:
        made = _KINDS[type(value)].of(value, expression, trace)
    elif type(value) is tuple and len(value) <= MOST:
        made = tuple(_wrapped(v, f"{expression}[{i}]", trace) for i, v in enumerate(value))
    elif dataclasses.is_dataclass(value):
        made = _traced_result(value, f"{expression}.", trace)
    return made


class _TracedBundle(Bundle):
    """A bundle that wraps its members when they are read."""

    def __init__(self, result: Bundle, prefix: str, trace: Trace) -> None:
        object.__setattr__(self, "_items", dict(result))
        object.__setattr__(self, "_prefix", prefix)
        object.__setattr__(self, "_trace", trace)

    def __getitem__(self, name: str) -> Any:
        value, expression = self._items[name], f"{self._prefix}{name}"
        self._trace.read.setdefault(expression, value)
        return _wrapped(value, expression, self._trace)

    def __getattr__(self, name: str) -> Any:
        if name in self._items:
            return self[name]
        return super().__getattr__(name)


def _traced_result(value: Any, prefix: str, trace: Trace) -> Any:
    """Return a result that wraps its members and properties when they are read from outside the class.

    It is an instance of a subclass of the result's class, so that it is accepted wherever the result is.
    """
    kind: Any = type(value)
    depth = 0  # above 0 while a property of the result reads other members

    def read(self: Any, name: str) -> Any:
        nonlocal depth
        if name.startswith("_") or depth:
            return object.__getattribute__(self, name)
        depth += 1
        try:
            found = object.__getattribute__(self, name)
        finally:
            depth -= 1
        if callable(found):
            return getattr(value, name)
        trace.read.setdefault(f"{prefix}{name}", found)
        return _wrapped(found, f"{prefix}{name}", trace)

    subclass = type(kind.__name__, (kind,), {"__getattribute__": read})
    copy: Any = object.__new__(subclass)
    copy.__dict__.update(value.__dict__)
    return copy


class _TracedNumber:
    """A number that leaves a mark where it is formatted into a text."""

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
        return getattr(self.plain, name)  # attributes of numpy scalars that Python's numbers lack

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
        # The operator, not the method: for two operands of one class, Python does not try the reflected method.
        left, right = (other, self) if is_swapped else (self, other)
        found = getattr(operator, name)(_plain(left), _plain(right))
        return _wrapped(found, f"{_expression(left)} {sign} {_expression(right)}", self.log)

    return operate


def _expression(value: Any) -> str:
    return f"({value.expression})" if isinstance(value, _TracedNumber) else repr(value)


_OPERATORS = {
    f"__{r}{name}__": _operator(name, sign, is_swapped=r == "r") for name, sign in SIGNS.items() for r in ("", "r")
}
_PYTHON: dict[type, Any] = {
    kind: type(f"_{kind.__name__}", (_TracedNumber, kind), dict(_OPERATORS)) for kind in (int, float, Fraction)
}
_KINDS: Mapping[type, Any] = {
    **_PYTHON,
    # Subclasses of Python's numbers: numpy mishandles subclasses of its own scalar types, and crashes.
    np.int64: _PYTHON[int],
    np.float32: _PYTHON[float],
    np.float64: _PYTHON[float],
}


class _TracedArray(np.ndarray[Any, Any]):
    """An array whose elements, slices, reductions and elementwise results carry their expressions.

    An array that a numpy method returns has no expression and behaves like any other array.
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
        """Return the result of a numpy function, with the call as its expression if all options have their defaults."""
        defaults = (None, False, getattr(np, "_NoValue", None))
        for key, value in options.items():
            allowed = (True,) if key == "where" else defaults
            if all(value is not one for one in allowed):
                return found
        texts = [_argument(argument) for argument in arguments]
        trace = next((a.log for a in arguments if isinstance(a, _TracedArray) and a.expression), None)
        if trace is None or None in texts:
            return found
        return _wrapped(found, f"{name}({', '.join(text for text in texts if text is not None)})", trace)


def _plain(value: Any) -> Any:
    """Return a value without its expression, also inside tuples, lists and dicts."""
    match value:
        case _TracedArray():
            return value.view(np.ndarray)
        case _TracedNumber():
            return value.plain
        case tuple():
            return tuple(map(_plain, value))
        case list():
            return [_plain(v) for v in value]
        case dict():
            return {k: _plain(v) for k, v in value.items()}
    return value


def _argument(value: Any) -> str | None:
    """Return an argument as Python source, or None if its expression is unknown."""
    if isinstance(value, _TracedNumber | _TracedArray):
        return value.expression
    return repr(value) if isinstance(value, int | float | np.number | None) else None


def _index(key: Any) -> str | None:
    """Return an index as Python source, or None if one of its parts is unsupported."""
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
        case _TracedArray():
            return part.expression
        case list() if all(isinstance(p, int) for p in part):
            return repr([int(p) for p in part])
    return None
