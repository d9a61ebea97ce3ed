"""Slides with every kind of special character in their texts, decks of the tiny lecture set, and parsed pages."""

# ruff: noqa: RUF001 - these characters are intended

from html.parser import HTMLParser

from PIL import Image

from figures.recipes.validation import recipe
from figures.render import batch
from figures.slides.slide import Frame, Slide
from figures.style.style_sheets import SIZES

NASTY = r'50 % of <b> & "θ" $\mathcal{R}_1 \leq 10^{-3}$ #1 {x}_y~^\ – “a” </script>'


def a_slide(name, *endings, steps=(), **changed):
    """Return a slide with a picture in the formats ``endings``, and for each entry of ``steps`` a step before it."""
    frames = [
        Frame(files={e: f"{name}-step{k}.{e}" for e in some}, alt_text=f"Step {k}") for k, some in enumerate(steps, 1)
    ]
    whole = Frame(files={e: f"{name}.{e}" for e in endings}, alt_text=f"Alt {NASTY}")
    width, height = SIZES["half" if changed.get("beside_words") else "full"]
    words = {"title": NASTY, "question": f"What is {name}?", "caption": f"First. {NASTY} Last."}
    words |= {"takeaway": f"Point {NASTY}.", "notes": f"Settings {NASTY}\nrow | 1"}
    shape = {"name": name, "width": width, "height": height, "frames": (*frames, whole)}
    return Slide(**shape | words | changed)


def written(folder, *shown):
    """Write the files of slides into a folder, and return the slides."""
    for slide in shown:
        for frame in (*slide.frames, *filter(None, [slide.movie])):
            for ending, file in frame.files.items():
                if ending in {"png", "gif"}:
                    Image.new("L", (4, 3)).save(folder / file)
                elif ending == "svg":
                    (folder / file).write_text(f'<svg xmlns="http://www.w3.org/2000/svg" id="same">{file}</svg>')
                else:
                    (folder / file).write_bytes(b"%PDF")
    return shown


class Page(HTMLParser):
    """The contents of an HTML page: its tags with their attributes, and its text by tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in {"meta", "img", "source"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.text.setdefault(self.open[-1], []).append(data.strip())

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def render(out, **keys):
    return batch.render(recipe({"out": str(out), "workers": 1, "only": ["dots"], "formats": ["png"], **keys}))


def texts(folder):
    return {p.name: p.read_bytes() for p in folder.glob("lecture.*")}
