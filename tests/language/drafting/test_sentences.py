"""Where sentences end, what days they name, and what is no text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detente.errors import InputError
from detente.language.drafting.sentences import MAX_SENTENCES, days_named, read_text, split_sentences


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Modi met Gen. Bajwa.|He left.",
        "John F. Kennedy spoke to U.S. officials.|The rest is known.",
        "He went to the U.S. in May.|No one saw him.",
        "They flew to the U.S.|The plane was late.",
        "It fell by 3.5 per cent.|Then by .5 more.",
        "“Will it hold?” Khan asked.|It did not.",
        "“It will hold.”|Nobody believed him.",
        "(They had tried before.)|They failed…|Again.",
        "Was it wise?!|Hardly.",
        "The case of No. 12 is old, e.g. That of Suez is older.",
        "On Feb. 14 a bomb went off at 3 p.m. in the town.|At 4 p.m.|The army came.",
        "It cost $4.5 million.[12]|More than planned.",
        "Plan B failed.|Élan did not help.",
        "‘Stop.’|“Why?”|He fired.",
    ],
)
def test_where_sentences_end(text):
    assert [sentence.text for sentence in split_sentences(text.replace("|", " "))] == text.split("|")


def test_paragraphs_and_headings():
    found = split_sentences("A title\n\nOne line\nand its rest. Two.\r\n\r\n* * *\n\nThree: \n")
    assert [(s.number, s.paragraph, s.text, s.heading) for s in found] == [
        (1, 1, "A title", True),
        (2, 2, "One line and its rest.", False),
        (3, 2, "Two.", False),
        (4, 3, "Three:", False),
    ]


def test_days_that_a_text_names():
    text = (
        "On 14 February 2019 it began. By Feb. 26 jets flew. On March 1st, 2019, he was freed. In May 1998 both had "
        "tested; in 1971 they fought. They spent 2000 days and $1999. On 2020-01-02 it was over. On 31 June it was not."
    )
    found = days_named(split_sentences(text))
    assert [(day.day, day.sentence, day.exact) for day in found] == [
        (dt.date(2019, 2, 14), 1, True),
        (dt.date(2019, 2, 26), 2, True),
        (dt.date(2019, 3, 1), 3, True),
        (dt.date(1998, 5, 1), 4, False),
        (dt.date(1971, 1, 1), 4, False),
        (dt.date(2000, 1, 1), 5, False),
        (dt.date(2020, 1, 2), 6, True),
    ]


def problem(call, *arguments):
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7 ...", "got      'a PDF'\n  hint     save its text as .txt in UTF-8"),
        (
            b"PK\x03\x04....",
            "got      'a document of an office program, or a .zip'\n  hint     save its text as .txt in UTF-8",
        ),
    ],
)
def test_documents_that_are_no_text(content, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_bytes(content)
    assert problem(read_text, Path("a.txt")) == f"1 problem in the text\n\na.txt\n  expected a text file\n  {message}"


def test_bytes_that_are_no_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_bytes(b"One.\nTwo \xff.")
    assert problem(read_text, Path("a.txt")) == (
        "1 problem in the text\n\na.txt:2:5: encoding\n  expected text in UTF-8\n  got      'the byte 0xff'\n"
        "  hint     save the file as UTF-8"
    )
    (tmp_path / "a.txt").write_bytes(b"x" * 1_000_001)
    assert problem(read_text, Path("a.txt")) == (
        "1 problem in the text\n\na.txt\n  expected at most 1 MB\n  got      '1.0 MB'"
    )
    assert problem(read_text, Path("b.txt")) == (
        "1 problem in the text\n\nb.txt\n  expected a file\n  got      'no such file'"
    )


def test_too_little_and_too_much():
    assert problem(split_sentences, " \n\n… 12 \n", "a.txt") == (
        "1 problem in the text\n\na.txt\n  expected a text of at least one sentence\n  got      'no words'"
    )
    assert problem(split_sentences, "One more. " * (MAX_SENTENCES + 1), "a.txt") == (
        "1 problem in the text\n\na.txt\n  expected at most 500 sentences\n  got      '501 sentences'\n"
        "  hint     cut it into parts, one argument each"
    )
