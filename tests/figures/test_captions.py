"""Captions name the colours and marks that are drawn: only theories have a colour."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
MARKED = re.compile(
    r"\b(\w+),? (circles|squares|triangles|diamonds|crosses|plus signs)\b", re.IGNORECASE
)
COLOUR_WORDS = {"blue", "orange", "green", "purple", "yellow", "red", "brown"}
OF_THEORIES = {
    ("orange", "circles"),
    ("purple", "triangles"),
    ("blue", "squares"),
    ("brown", "diamonds"),
}


def test_captions_name_the_colours_that_are_drawn():
    texts = {"front page": (ROOT / "book" / "index.md").read_text(encoding="utf-8")}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            figure = cell["metadata"].get("mystnb", {}).get("figure", {})
            texts[f"{path.name} {figure.get('name')}"] = figure.get("caption", "")
    wrong = []
    for where, text in texts.items():
        for colour, shape in MARKED.findall(" ".join(text.split()).lower()):
            if colour in COLOUR_WORDS and (colour, shape) not in OF_THEORIES:
                wrong.append((where, colour, shape))
        for theory, colour in re.findall(
            r"(inference|efficient coding)(?: in)? \(?(\w+)", text.lower()
        ):
            expected = {"inference": "orange", "efficient coding": "blue"}[theory]
            if colour in COLOUR_WORDS and colour != expected:
                wrong.append((where, theory, colour))
    assert wrong == []
