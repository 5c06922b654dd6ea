"""The words of a text, and which of them were meant by a word with typos in it.

Pure. Profiles and queries are cut by the same rule: accents and case are dropped, everything but
letters, digits and marks divides words, and `c++` and `c#` stay whole. No language is assumed.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_WORD = 40
MOST_QUERY_WORDS = 10

_WORD = re.compile(r"[^\s+#]+(?:[+#]+(?!\S))?")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_UNACCENTED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})

# Passed over in a query with other words, since hardly a profile has them: English and German.
_ENGLISH = ("a", "an", "and", "at", "for", "from", "in", "of", "on", "or", "the", "to", "with")
_GERMAN = (
    "auf",
    "aus",
    "bei",
    "das",
    "der",
    "die",
    "ein",
    "eine",
    "fur",
    "im",
    "mit",
    "oder",
    "und",
    "von",
    "zu",
)
_LITTLE_WORDS = frozenset(_ENGLISH + _GERMAN)


def words_of(text: str) -> list[str]:
    """The words in their order, folded."""
    apart = "".join(letter if _belongs(letter) else " " for letter in _folded(text))
    return [word[:LONGEST_WORD] for word in _WORD.findall(apart)]


def words_of_query(text: str) -> list[str]:
    """The words that a profile has to have, each once."""
    words = list(dict.fromkeys(words_of(text)))
    telling = [word for word in words if word not in _LITTLE_WORDS]
    return (telling or words)[:MOST_QUERY_WORDS]


def is_meant(written: str, word: str) -> bool:
    """Whether one may have written this and meant that word."""
    typos = typos_allowed(written)
    return abs(len(written) - len(word)) <= typos and _distance(written, word) <= typos


def typos_allowed(written: str) -> int:
    """One from four letters on, two from eight; none where there are digits."""
    if len(written) < 4 or any(letter.isdigit() for letter in written):
        return 0
    return 1 if len(written) < 8 else 2


def _belongs(letter: str) -> bool:
    return letter in "+#" or unicodedata.category(letter)[0] in "LNM"


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _ACCENTS.sub("", plain).translate(_UNACCENTED)


def _distance(one: str, other: str) -> int:
    """How many letters to change, add, leave out or swap with their neighbours (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, rival in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != rival))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == rival:
                least = min(least, earlier[j - 2] + 1)
            row.append(least)
    return row[-1]
