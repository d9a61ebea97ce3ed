"""Check what a text claims independently of its wording: which numbers one sentence quotes."""

import re

SENTENCE_END = re.compile(r"(?<=[.!?])[)\"']*\s+")
SIGN = "+\N{MINUS SIGN}-"


def quotes(text, *parts, listed=()):
    """Return whether one sentence of ``text`` contains all ``parts``, in any order, and ``listed``, in that order.

    A part is a number or one or several words. Case is ignored, and only whole tokens match: 0.5 is not found in 10.5,
    -0.5 or 0.53.

    >>> quotes("Of 60 runs 25.0 % [15.8, 37.2] are solved. The others are not.", "solved", 60, "25.0 %")
    True
    >>> quotes("Solved: Adam 25.0 %, SGD 5.0 %.", listed=["5.0 %", "25.0 %"])
    False
    """
    wanted = [*map(_token, parts), ".*".join(map(_token, listed))]
    sentences = SENTENCE_END.split(" ".join(text.split()))
    return any(all(re.search(pattern, sentence, re.IGNORECASE) for pattern in wanted) for sentence in sentences)


def _token(part):
    """Return a pattern that matches ``part`` unless it is inside a longer number or word."""
    words = str(part)
    before = rf"(?<![\w^{SIGN}])(?<!\d[.,/])" if words[0].isdigit() else r"(?<!\w)"
    return rf"{before}{re.escape(words)}(?!\w|[.,/{SIGN}]\d)"
