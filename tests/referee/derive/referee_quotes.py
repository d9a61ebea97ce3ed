"""What the caption of a figure says, number by number, to be compared with what was derived anew."""

from decimal import Decimal
from fractions import Fraction

from telling import Said

from figures.lecture import lecture_figure


def figure(name, **settings):
    """Return the result of a figure and its caption at full size."""
    module = lecture_figure(name)
    result = module.compute(module.Settings(**settings))
    return result, Said(module, result)


def quotes(caption, name):
    """Return the numbers that a caption takes from a member of the result, in order, as they are written."""
    found = [number for number in caption.numbers() if number.get("from") == name]
    assert found, f"the caption does not quote {name}: {caption}"
    return found


def written(caption, name):
    """Return the first such number as text."""
    return quotes(caption, name)[0]["text"]


def assert_says(caption, name, derived):
    """Check that a caption quotes ``derived``, correctly rounded to the digits that it has."""
    for number in quotes(caption, name):
        text = number["text"].replace("\N{MINUS SIGN}", "-")
        if "/" in text or isinstance(derived, Fraction):
            assert Fraction(text) == derived, f"{name}: {text} in the caption, derived {derived}"
            continue
        scale = 100.0 if number.get("format", "")[-1:] in {"%", "p"} else 1.0
        half_a_digit = 0.5 * 10.0 ** Decimal(text).as_tuple().exponent
        spec = number.get("format", "")
        if spec[-1:] == "g" and "." in spec:  # trailing zeros are left out: 3.00 is written as 3
            half_a_digit = min(half_a_digit, 0.5 * 10.0 ** (Decimal(text).adjusted() + 1 - int(spec[1:-1])))
        gap = abs(float(text) - scale * float(derived))
        assert gap <= half_a_digit * (1 + 1e-6) + 1e-12, f"{name}: {text} in the caption, derived {scale * derived}"


def settings_of_adam(caption):
    """Return learning rate, beta_1, beta_2 and epsilon as the caption states them."""
    rate, beta_1, beta_2, epsilon = (float(number["text"]) for number in quotes(caption, "optimizer"))
    return {"rate": rate, "beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon}
