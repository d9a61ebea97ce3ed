"""What a caption says: its numbers by the member that they quote."""

from fractions import Fraction
from functools import lru_cache

from telling import Said

from figures.lecture import lecture_figure


class Figure:
    """The result of a figure with some settings, its caption, and the numbers that the caption quotes."""

    def __init__(self, name, settings):
        module = lecture_figure(name)
        self.result = module.compute(module.Settings(**settings))
        self.caption = Said(module, self.result)
        self._said = {n["from"]: n["value"] for n in self.caption.numbers() if n["how"] == "member"}

    def __getitem__(self, member):
        """Return a number of the caption; KeyError if it is not quoted."""
        value = self._said[member]
        return Fraction(value) if isinstance(value, str) else value

    def __contains__(self, member):
        """Return whether the caption quotes that member."""
        return member in self._said

    def share(self, member):
        """Return what the caption says about a share: its value and the ends of its interval."""
        return tuple(self[f"{member}.{part}"] for part in ("fraction", "low", "high"))


@lru_cache
def figure(name, **settings):
    """Compute a figure once."""
    return Figure(name, settings)
