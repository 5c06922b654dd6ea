"""What a text may be, said once for the services and once for the clients."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from marshmallow import ValidationError

from contracts.fields import line, prose
from gateway.shapes import own_words

TEXTS = st.text(st.sampled_from(" \t\r\n\xa0\u2028\u3000\x00\x1f\x7faé→😀"), max_size=8)


def is_taken(kind: type, shortest: int, text: str) -> bool:
    try:
        kind(20, shortest=shortest)().deserialize(text)
    except ValidationError:
        return False
    return True


def is_described(kind: type, shortest: int, text: str) -> bool:
    """By the least length and by the pattern, of which a `$` is the very end, as in JSON Schema."""
    pattern = own_words(kind(20, shortest=shortest)())["pattern"]
    return len(text) >= shortest and re.search(f"{pattern[:-1]}\\Z", text) is not None


@pytest.mark.parametrize("kind", [line, prose])
@pytest.mark.parametrize("shortest", [0, 1, 3])
@given(text=TEXTS)
@example("a\n")
@example("   ")
@example("a  a")
def test_a_text_is_taken_if_and_only_if_it_is_as_described(kind: type, shortest: int, text: str) -> None:
    assert is_taken(kind, shortest, text) == is_described(kind, shortest, text)


def test_prose_that_must_be_there_is_more_than_blanks() -> None:
    assert not is_taken(prose, 1, " \n\t")
    assert is_taken(prose, 1, " \n.")
    assert is_taken(prose, 0, " \n\t")
