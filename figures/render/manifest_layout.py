"""What a manifest contains, as it is read back: its types, and which names it may have.

Keys that are not listed here are ignored. Manifests of earlier versions do not list the files of each variant, and
their decks show the half sizes. Those without ``page`` have no live page.
"""

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from figures import lecture
from figures.output.formats import FORMATS, MOVING
from figures.recipes.faults import explain
from figures.recipes.sweeps import MOST_VARIANTS
from figures.slides import DECKS
from figures.style.style_sheets import SIZES, STYLES
from landscape.base.wording import short_repr


def _one_of(*names: str) -> AfterValidator:
    """Return a validator of names."""

    def known(name: str) -> str:
        if name not in names:
            raise ValueError(f"no {short_repr(name)}")
        return name

    return AfterValidator(known)


def _figure(name: str) -> str:
    if name not in {*lecture.NAMES, *lecture.MODEL_NAMES}:
        raise ValueError(f"no figure {short_repr(name)}")
    return name


def relative(name: str) -> str:
    """Return the name of a file; raise ValueError unless it is inside the folder, on every system, and printable."""
    if not name.isprintable() or set(name) & set("\\:") or {"", ".", ".."} & set(name.split("/")):
        raise ValueError(f"{short_repr(name)} is outside of the folder")
    return name


Model = TypeVar("Model", bound=BaseModel)
Figure = Annotated[str, AfterValidator(_figure)]
FileName = Annotated[str, AfterValidator(relative)]
VariantName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True)


class File(_Table):
    """A file of a render."""

    sha256: str
    bytes: Annotated[int, Field(ge=0)]


class Variant(_Table):
    """A variant of a figure."""

    figure: Figure
    settings: dict[str, Any]  # checked by the figure
    files: list[FileName] = []


class Recipe(_Table):
    """A recipe with every setting resolved."""

    formats: Annotated[list[Annotated[str, _one_of(*FORMATS, *MOVING)]], Field(min_length=1)]
    styles: Annotated[list[Annotated[str, _one_of(*STYLES)]], Field(min_length=1)]
    sizes: Annotated[list[Annotated[str, _one_of(*SIZES)]], Field(min_length=1)]
    decks: list[Annotated[str, _one_of(*DECKS)]]
    builds: bool
    half_slides: bool = True
    page: bool = False
    skipped: list[Figure]
    variants: Annotated[dict[VariantName, Variant], Field(max_length=MOST_VARIANTS)]


class Layout(_Table):
    """A manifest."""

    failed: dict[str, list[str]]
    recipe: Recipe
    versions: dict[str, str]
    code: str
    files: dict[FileName, File]


class TextNumbers(_Table):
    """A text and its numbers (:meth:`figures.lecture.captions.Caption.numbers`)."""

    text: str
    numbers: list[dict[str, str | int | float]]


class Texts(_Table):
    """The texts of a figure in one size."""

    takeaway: TextNumbers
    caption: TextNumbers
    notes: TextNumbers


def layout(value: Any) -> Layout:
    """Return the content of a manifest; raise ValueError, with one line, unless everything in it has its type."""
    found = checked(Layout, value)
    for name, variant in found.recipe.variants.items():
        if missing := [file for file in variant.files if file not in found.files]:
            raise ValueError(f"recipe.variants.{name}.files: {missing[0]} is not among the files")
    return found


def checked(model: type[Model], value: Any) -> Model:
    """Return a value as a model; raise ValueError, with one line, unless everything in it has its type."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ValueError(first_mistake(error, model)) from None


def first_mistake(error: ValidationError, model: type[BaseModel]) -> str:
    """Return the first mistake that pydantic found, as one line."""
    return next(explain(error, model, ())).line({}, {})
