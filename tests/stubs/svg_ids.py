"""What is wrong with the ids of an SVG file."""

import re
import xml.etree.ElementTree as ET
from collections import Counter


def faults_of(svg):
    """Return a line for each id that is no XML name or occurs twice, and each reference without an element."""
    elements = list(ET.fromstring(svg).iter())
    ids = Counter(element.get("id") for element in elements if element.get("id") is not None)
    references = set()
    for name, value in ((name, value) for element in elements for name, value in element.attrib.items()):
        references |= set(re.findall(r"url\(#([^)]*)\)", value))
        references |= {value[1:]} if name.endswith("href") and value.startswith("#") else set()
        references |= set(value.split()) if name == "aria-labelledby" else set()
    return [
        *(f"no XML name: {name!r}" for name in ids if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", name)),
        *(f"more than once: {name!r}" for name, count in ids.items() if count > 1),
        *(f"leads nowhere: {name!r}" for name in sorted(references - ids.keys())),
    ]
