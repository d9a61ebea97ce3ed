"""All that a figure says: takeaway, caption and notes as one text."""

from figures.lecture.captions import TEXTS


class Said(str):
    """The texts of a figure in one size, one after the other, with the numbers of all of them."""

    def __new__(cls, module, result, size="full"):
        texts = [getattr(module, name)(result, size) for name in TEXTS]
        said = super().__new__(cls, "\n".join(texts))
        said._texts = texts
        return said

    def numbers(self):
        return [number for text in self._texts for number in text.numbers()]
