"""Values and texts that a recipe or a manifest received from others may contain, and mutations of both."""

import math

VALUES = [
    None, True, False, 0, -1, 1, 10**12, 10**40, 2**63, 0.5, 1e308, 5e-324, -0.0, math.inf, -math.inf, math.nan, "",
    "x", "../../etc", "/", "~nosuchuser", "a\nb", "\x1b[31m", "θ" * 3000, "x" * 100_000, [], [[]], [[[]]], [0, 0],
    [1, 2, 3], ["a", 1, None], list(range(12_000)), {}, {"a": 1}, {"": {"": {}}}, {"a": [{"b": []}]},
]  # fmt: skip
TEXTS = [
    "", "\0", "\ufeff", "\ud800", '"', "'", '"""', "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "#", "\\", "\\u0000",
    "\\ud800", "\n", "\r", "nan", "inf", "1e400", "NaN", "Infinity", "null", "true", "0x" + "f" * 5000, "9" * 5000,
    "[" * 600, '{"a":' * 600, "a." * 50, "é", "\u202e", "\U0001f600",
]  # fmt: skip


def mutated_text(text, rng):
    """Return a text with a few pieces cut out, doubled, or replaced by a hostile text."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text) + 1)
        end = min(len(text), at + rng.choice([0, 1, 3, 40]))
        piece = text[at:end]
        new = rng.choice(["", piece * 2, rng.choice(TEXTS), rng.choice(TEXTS)])
        text = text[:at] + new + text[end:]
    return text


def mutated_tree(tree, rng):
    """Return tables and lists with a few values replaced, removed or put under another key."""
    places = list(_places(tree))
    for _ in range(rng.randint(1, 4)):
        table, key = rng.choice(places)
        how = rng.randrange(4)
        if how == 0:
            _put(table, key, rng.choice(VALUES))
        elif how == 1:
            _put(table, key, [rng.choice(VALUES) for _ in range(rng.randint(1, 4))])
        elif how == 2 and isinstance(table, dict):
            table[rng.choice(TEXTS) or key + "x"] = rng.choice(VALUES)
        elif isinstance(table, dict):
            table.pop(key, None)
    return tree


def _put(table, key, value):
    if isinstance(table, dict) or key < len(table):
        table[key] = value


def _places(tree):
    """Yield each (table or list, key or index) in a tree."""
    for key, value in list(tree.items() if isinstance(tree, dict) else enumerate(tree)):
        yield tree, key
        if isinstance(value, dict | list):
            yield from _places(value)
