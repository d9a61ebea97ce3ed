"""The packages that this one needs, each with its version and licence, as their own metadata state them."""

from importlib.metadata import Distribution, distribution
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS = ("cluster", "slides", "xarray", "notebook")
"""Extras that a user may install; those for tests and documentation are not shipped."""
NOT_STATED = "see its licence file"
LONGEST = 60
"""Characters of a name; what is longer is the text of a licence."""


class Dependency(NamedTuple):
    """A package that is needed, its version and its licence; the extra that needs it, or nothing."""

    name: str
    version: str
    licence: str
    extra: str


def dependencies() -> list[Dependency]:
    """Return what this package needs, directly or not, by name; what the extras alone need is marked by the extra."""
    found: dict[str, Dependency] = {}
    for extra in ("", *EXTRAS):
        for name, package in needed(f"xorscape[{extra}]" if extra else "xorscape").items():
            found.setdefault(name, Dependency(name, package.version, licence(package), extra))
    del found["xorscape"]
    return sorted(found.values())


def needed(requirement: str) -> dict[str, Distribution]:
    """Return the installed distributions that a requirement needs on this machine, itself included."""
    found, to_do, done = {}, [requirement], set()
    while to_do:
        wanted = Requirement(to_do.pop())
        name = canonicalize_name(wanted.name)
        if (name, *sorted(wanted.extras)) in done:
            continue
        done.add((name, *sorted(wanted.extras)))
        found[name] = distribution(name)
        for text in found[name].requires or []:
            marker = Requirement(text).marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in wanted.extras or {""}):
                to_do.append(text)
    return found


def licence(package: Distribution) -> str:
    """Return the licence that the metadata state: an expression, or else a short name, or else classifiers."""
    metadata = package.metadata
    classifiers = [text for text in metadata.get_all("Classifier", []) if text.startswith("License :: OSI")]
    by_class = ", ".join(text.rpartition(" :: ")[2] for text in classifiers)
    stated = [metadata.get("License-Expression", ""), metadata.get("License", ""), by_class]
    return next(
        (text for text in stated if text not in {"", "UNKNOWN"} and len(text) <= LONGEST and "\n" not in text),
        NOT_STATED,
    )
