import re
from pathlib import Path

import pytest

from graph.browser.pack import favourites, title, write_pack
from graph.schema import COVERED, NODES

STYLE = Path(__file__).resolve().parents[3] / "graph" / "browser" / "style.grass"
LABELS = {node.label for node in NODES} | set(COVERED.ends)


def rules() -> dict[str, dict[str, str]]:
    """The style's rules by selector."""
    found = re.findall(r"^([\w.]+) \{\n(.*?)^\}", STYLE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return {selector: dict(re.findall(r"^  ([\w-]+): (.*);$", body, re.MULTILINE)) for selector, body in found}


def test_every_label_has_a_style() -> None:
    """Each label of the schema has a colour of its own, a sign, and a caption that is the node's name."""
    styled = {selector.partition(".")[2]: rule for selector, rule in rules().items() if selector.startswith("node.")}
    captions = {label: re.fullmatch(r'"(\S+) \{name\}"', rule["caption"]) for label, rule in styled.items()}
    signs = [found[1] for found in captions.values() if found]

    assert set(styled) == LABELS
    assert len({rule["color"] for rule in styled.values()}) == len(LABELS)
    assert len(set(signs)) == len(LABELS)


def test_style_is_read_whole_by_browser() -> None:
    """Browser's reader of styles knows no comments and wants each line to end; nothing in the file is lost to it."""
    text = STYLE.read_text("utf-8")
    read = "".join(
        f"{selector} {{\n" + "".join(f"  {name}: {value};\n" for name, value in rule.items()) + "}\n"
        for selector, rule in rules().items()
    )

    assert read == text


@pytest.mark.parametrize("favourite", favourites(), ids=lambda path: path.stem)
def test_a_favourite_says_what_it_answers_and_takes(favourite: Path) -> None:
    """The first line is the title; below it stands a :param for each parameter that the query has, and no other."""
    text = favourite.read_text("utf-8")
    head, _, query = text.partition("\nMATCH ")
    declared = re.findall(r"^// :param (\w+) => \S", head, re.MULTILINE)

    assert re.match(r"// [A-Z][^\n]+\n//", text)
    assert sorted(declared) == sorted(set(re.findall(r"\$(\w+)", query)))
    assert all(line.startswith("//") for line in head.splitlines())


def test_favourites_have_titles_of_their_own() -> None:
    """No two bear one title, and there is one for each thing that people ask first."""
    titles = [title(path) for path in favourites()]

    assert len(set(titles)) == len(titles)
    assert len(titles) == 10


def test_pack_is_written_beside_what_is_there(tmp_path: Path) -> None:
    """The folder is made, the files in it are those that are shipped, an older one is replaced, others stay."""
    folder = tmp_path / "new" / "pack"
    write_pack(folder)
    (folder / "mine.cypher").write_text("RETURN 1")
    (folder / "style.grass").write_text("node {}")
    written = write_pack(folder)

    assert (folder / "mine.cypher").read_text() == "RETURN 1"
    assert [path.read_bytes() for path in written] == [p.read_bytes() for p in (STYLE, *favourites())]
    assert {*written, folder / "mine.cypher"} == set(folder.iterdir())
