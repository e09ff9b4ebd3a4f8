"""Files of contacts: what is read out of them, what is said of them, and what is written safely."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain.contact_files import (
    FORMULA_SIGNS,
    MOST_BYTES,
    MOST_LINES,
    BadFile,
    FileFault,
    escaped,
    read_file,
    unescaped,
    written_file,
)


@pytest.mark.parametrize(
    ("codec", "said"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16")],
)
def test_the_encoding_is_found_out_and_said(codec: str, said: str) -> None:
    file = read_file("Name,Company\nJosé Niño,Müller\n".encode(codec))
    assert file.encoding == said
    assert file.lines[0].cells["name"] == "José Niño"


@pytest.mark.parametrize(
    ("sign", "said"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")]
)
def test_so_is_the_separator(sign: str, said: str) -> None:
    text = sign.join(["Name", "E-mail", "Phone"]) + "\n" + sign.join(["Ann", "a@b.example", "1"])
    file = read_file(text.encode())
    assert file.separator == said
    assert file.lines[0].numbers == [("1", "")]


def test_columns_are_known_by_their_headings_whatever_their_order() -> None:
    file = read_file(
        b'\n"What it is 2",Number 2,NOTES,Shoe size,name,number\r\n'
        b'mobile,2,"two\nlines",44,Ann,1\n\n,,,,Ben,\n'
    )
    ann, ben = file.lines
    assert ann.cells == {
        "name": "Ann",
        "company": "",
        "email": "",
        "tags": "",
        "notes": "two\nlines",
    }
    assert sorted(ann.numbers) == [("1", ""), ("2", "mobile")]
    assert (ben.cells["name"], ben.numbers, file.ignored) == ("Ben", [], ["Shoe size"])


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b" \n", FileFault.EMPTY),
        (b"x" * (MOST_BYTES + 1), FileFault.TOO_BIG),
        (b"PK\x03\x04\x00\x00\x81\x8d", FileFault.NO_TEXT),
        (b"\xff\xfe\x00", FileFault.NO_TEXT),
        (b"Company\nx", FileFault.NO_NAMES),
        (b"Name,Contact\nx,y", FileFault.TWICE),
        (b"Name\n" + b"x\n" * (MOST_LINES + 1), FileFault.TOO_MANY_LINES),
        (b'Name\n"x', FileFault.QUOTES),
    ],
)
def test_what_is_no_such_file_says_why(content: bytes, fault: FileFault) -> None:
    with pytest.raises(BadFile) as bad:
        read_file(content)
    assert bad.value.fault is fault


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30))
def test_no_cell_of_ours_is_a_formula_and_every_one_comes_back(cell: str) -> None:
    text = written_file(["Name"], [[cell]])
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))[1:]
    (written,) = read[0] if read and read[0] else [""]
    assert not written.startswith(FORMULA_SIGNS)
    # What already looked escaped comes back without its apostrophe; nothing else changes.
    assert unescaped(written) == (cell if written != cell else unescaped(cell))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert escaped(cell) == f"'{cell}"
    assert unescaped(escaped(cell)) == cell
