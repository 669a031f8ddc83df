"""A growing text becomes sentences a voice can say."""

from __future__ import annotations

import pytest

from visavis.agent.sentences import FIRST_AT_LEAST, LONGEST, SentenceSplitter, sentences, speakable


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hello! How are you?", ["Hello!", "How are you?"]),
        ("Dr. Smith paid 3.50 e.g. for tea. Good.", ["Dr. Smith paid 3.50 e.g. for tea.", "Good."]),
        ("No. I do not.", ["No.", "I do not."]),
        ("1. Take the eggs.\n2. Boil them.", ["1. Take the eggs.", "2. Boil them."]),
        ("你好。你是谁？", ["你好。", "你是谁？"]),
        ('She said "Go." Then she went.', ['She said "Go."', "Then she went."]),
        ("no end", ["no end"]),
        ("", []),
        ("🎉 ... *", []),
    ],
)
def test_sentences(text: str, wanted: list[str]) -> None:
    assert sentences(text) == wanted


def test_pieces_of_any_size_give_the_same_sentences() -> None:
    text = "Well, it is so. A second! And **a third**; with `code`. End"
    whole = sentences(text)
    for size in (1, 2, 7):
        splitter = SentenceSplitter()
        found = []
        for at in range(0, len(text), size):
            found += splitter.push(text[at : at + size])
        assert [*found, *splitter.finish()] == whole


def test_a_sentence_comes_as_soon_as_it_is_whole() -> None:
    splitter = SentenceSplitter()
    assert splitter.push("Hello there.") == []  # 3.5, or the end?
    assert splitter.push(" ") == ["Hello there."]


def test_the_first_piece_ends_at_a_comma() -> None:
    splitter = SentenceSplitter()
    begin = "I believe that this is so"
    assert len(begin) >= FIRST_AT_LEAST
    assert splitter.push(begin + ", because it ") == [begin + ","]
    assert splitter.push("has always been, I believe that, so far, ") == []


def test_what_never_ends_is_cut() -> None:
    found = sentences("word " * 300)
    assert max(map(len, found)) <= LONGEST
    assert " ".join(found) == " ".join(["word"] * 300)


def test_mark_up_is_not_read_out() -> None:
    text = "# Title\n- **bold** and [a link](https://x.org/y) 😀 https://z.org\n```py\nx = 1\n```"
    assert speakable(text) == "Title bold and a link"


def test_code_is_left_out_as_one() -> None:
    splitter = SentenceSplitter()
    assert splitter.push("See:\n```\na = 1. b\nc. d\n") == ["See:"]
    assert splitter.push("```\nDone. ") == ["Done."]
