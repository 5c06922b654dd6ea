"""Words and typos: tables of what people write, and properties against a slow model."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.catalog.words import LONGEST_WORD, MOST_QUERY_WORDS, is_meant, words_of, words_of_query


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Math Expert", ["math", "expert"]),
        ("Müller, Łódź & Ærø", ["muller", "lodz", "aero"]),
        ("Straße", ["strasse"]),
        ("C++, C# and node.js", ["c++", "c#", "and", "node", "js"]),
        ("math+physics #1", ["math", "physics", "1"]),
        ("l'anglais (A2/B1)", ["l", "anglais", "a2", "b1"]),
        ("Математика 数学 हिन्दी", ["математика", "数学", "हिन्दी"]),
        ("ﬁnance ²", ["finance", "2"]),
        ("% _ ' \\ \" 😀 -- *", []),
        ("+ # ++", []),
        ("", []),
    ],
)
def test_a_text_has_these_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text())
def test_words_are_plain_and_have_only_themselves_for_words(text: str) -> None:
    words = words_of(text)
    assert all(0 < len(word) <= LONGEST_WORD for word in words)
    assert not set("".join(words)) & set("'\"\\:&|!()<>*%_ \t\n\0")
    assert words_of(" ".join(words)) == words


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("calculus with a tutor", ["calculus", "tutor"]),
        ("Mathe mit Frau Özil und Mathe", ["mathe", "frau", "ozil"]),
        ("the", ["the"]),
        ("of the of", ["of", "the"]),
        ("?!", []),
    ],
)
def test_a_query_asks_for_its_telling_words_once(query: str, words: list[str]) -> None:
    assert words_of_query(query) == words


def test_a_query_asks_for_so_many_words_only() -> None:
    assert len(words_of_query(" ".join(f"word{number}" for number in range(50)))) == MOST_QUERY_WORDS


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("calclus", "calculus"),
        ("calculsu", "calculus"),
        ("algerba", "algebra"),
        ("phisics", "physics"),
        ("matematiks", "mathematics"),
        ("jhon", "john"),
        ("lessons", "lesson"),
    ],
)
def test_a_typo_is_forgiven(written: str, meant: str) -> None:
    assert is_meant(written, meant)


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("physics", "physical"),
        ("history", "story"),
        ("art", "arts"),
        ("b1", "b2"),
        ("2024", "2023"),
        ("french", "fresco"),
    ],
)
def test_another_word_is_another_word(written: str, other: str) -> None:
    assert not is_meant(written, other)


LETTERS = st.text("abc", min_size=1, max_size=9)


@given(LETTERS, LETTERS)
def test_what_was_meant_is_as_near_as_the_plain_definition_says(written: str, word: str) -> None:
    allowed = 0 if len(written) < 4 else 1 if len(written) < 8 else 2
    assert is_meant(written, word) == (model_distance(written, word) <= allowed)


@given(st.text("abcdefghij", min_size=5, max_size=20), st.data())
def test_any_two_neighbours_may_be_swapped(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 2))
    swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    assume(swapped != word)
    assert is_meant(swapped, word)


@cache
def model_distance(one: str, other: str) -> int:
    """Optimal string alignment by its definition."""
    if not one or not other:
        return len(one) + len(other)
    ways = [
        model_distance(one[1:], other) + 1,
        model_distance(one, other[1:]) + 1,
        model_distance(one[1:], other[1:]) + (one[0] != other[0]),
    ]
    if len(one) > 1 and len(other) > 1 and (one[0], one[1]) == (other[1], other[0]):
        ways.append(model_distance(one[2:], other[2:]) + 1)
    return min(ways)
