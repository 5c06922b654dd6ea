"""Finding tutors: every filter against a plain model, words with and without typos, hostile queries."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from chassis.context import Actor
from contracts.catalog import SearchTutors, SuspendTutor, TaughtSubject, TutorOrder, UpdateMe
from contracts.reviews import RatingChanged
from tests.service.people import ADMIN, a_listed_tutor, a_profile, a_subject
from tests.subject import Subject, TestClock
from tests.waiting import eventually


@dataclass
class Listed:
    """A tutor as the model knows it; `subjects` with their own rates."""

    id: int
    rate: Decimal
    subjects: dict[int, Decimal | None]
    rating: float = 0.0
    reviews: int = 0

    def rate_of(self, subject_id: int | None) -> Decimal:
        return self.subjects.get(subject_id) or self.rate if subject_id else self.rate


@dataclass
class Crowd:
    """Tutors at random, and what a search among them should find."""

    chance: random.Random
    subjects: list[int]
    tutors: list[Listed] = field(default_factory=list)

    def found(self, wanted: SearchTutors) -> list[int]:
        fitting = [tutor for tutor in self.tutors if _fits(tutor, wanted)]
        return [tutor.id for tutor in sorted(fitting, key=_place(wanted))]

    def a_search(self) -> SearchTutors:
        chance = self.chance
        least = chance.choice([None, Decimal(chance.randint(10, 60))])
        return SearchTutors(
            subject_id=chance.choice([None, *self.subjects]),
            min_rate=least,
            max_rate=chance.choice([None, (least or 0) + Decimal(chance.randint(0, 50))]),
            min_rating=chance.choice([None, 0.0, 3.5, 4.5]),
            sort=chance.choice([None, *TutorOrder]),
            among=chance.choice([None, [each.id for each in self.tutors if chance.random() < 0.5]]),
            page=chance.choice([1, 2, 50]),
            page_size=chance.choice([1, 4, 20]),
        )


def _fits(tutor: Listed, wanted: SearchTutors) -> bool:
    rate = tutor.rate_of(wanted.subject_id)
    return (
        wanted.subject_id in (None, *tutor.subjects)
        and (wanted.min_rate is None or rate >= wanted.min_rate)
        and (wanted.max_rate is None or rate <= wanted.max_rate)
        and (wanted.min_rating is None or tutor.rating >= wanted.min_rating)
        and (wanted.among is None or tutor.id in wanted.among)
    )


def _place(wanted: SearchTutors) -> Callable[[Listed], tuple[Decimal | float, ...]]:
    if wanted.sort is TutorOrder.RATE:
        return lambda tutor: (tutor.rate_of(wanted.subject_id), tutor.id)
    return lambda tutor: (-tutor.rating, -tutor.reviews, tutor.id)


@pytest.fixture(scope="module")
def crowd(catalog: Subject) -> Crowd:
    chance = random.Random(2026)
    made = Crowd(chance, [a_subject(catalog) for _ in range(3)])
    for _ in range(25):
        rate = Decimal(chance.randint(10, 80))
        taught = {
            each: chance.choice([None, Decimal(chance.randint(10, 80))])
            for each in chance.sample(made.subjects, chance.randint(1, 3))
        }
        profile = a_profile(hourly_rate=rate)
        profile.subjects.extend(TaughtSubject(each, own) for each, own in taught.items())
        made.tutors.append(Listed(a_listed_tutor(catalog, profile).profile_id, rate, taught))
    for tutor in chance.sample(made.tutors, 15):
        tutor.rating, tutor.reviews = chance.choice([3.0, 3.5, 4.25, 4.5, 5.0]), chance.randint(1, 3)
        catalog.tell(RatingChanged(tutor.id, tutor.rating, tutor.reviews, version=1))
    eventually(lambda: len(catalog.sql("SELECT 1 FROM ratings")) == 15, within=15)
    return made


def test_any_filters_together_find_what_the_model_finds(catalog: Subject, crowd: Crowd) -> None:
    everyone = [tutor.id for tutor in crowd.tutors]
    for _ in range(120):
        wanted = crowd.a_search()
        if wanted.among is None and wanted.subject_id is None:
            wanted = SearchTutors(**{**vars(wanted), "among": everyone})  # others' tests list tutors too
        expected = crowd.found(wanted)
        first = (wanted.page - 1) * wanted.page_size
        page = catalog.ask(wanted)
        assert [card.id for card in page.items] == expected[first : first + wanted.page_size], wanted
        assert (page.total, page.page, page.page_size) == (len(expected), wanted.page, wanted.page_size)


def test_a_card_shows_the_rate_that_was_searched_for(catalog: Subject, crowd: Crowd) -> None:
    for subject_id in crowd.subjects:
        page = catalog.ask(SearchTutors(subject_id=subject_id, page_size=100))
        assert {card.id: card.hourly_rate for card in page.items} == {
            tutor.id: tutor.rate_of(subject_id) for tutor in crowd.tutors if subject_id in tutor.subjects
        }


# --- words ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def aurelia(catalog: Subject) -> Actor:
    """Aurelia Müller, who is easy to find."""
    profile = a_profile(
        a_subject(catalog, "Calculus"),
        title="University lecturer",
        headline="Fourier's analysis with patience",
        bio="Fifteen years at Universität Köln. I also explain C++ and thermodynamics.",
    )
    return a_listed_tutor(catalog, profile, name="Aurelia Müller")


def found(catalog: Subject, query: str) -> list[int]:
    return [card.id for card in catalog.ask(SearchTutors(search_query=query)).items]


@pytest.mark.parametrize(
    "query",
    [
        "calculus",
        "CALCULUS",
        "calclus",
        "calculsu",
        "aurelia",
        "muller",
        "MÜLLER",
        "mueller",
        "lecturer of calculus",
        "thermodynamcis",
        "thermo",
        "koln universitat",
        "c++",
        "analysis, fourier!",
    ],
)
def test_a_tutor_is_found_by_name_title_headline_bio_and_subject(
    catalog: Subject, aurelia: Actor, query: str
) -> None:
    assert found(catalog, query) == [aurelia.profile_id]


@pytest.mark.parametrize("query", ["calculus geology", "calcium", "c", "zebra", "thermostat"])
def test_other_words_do_not_find_her(catalog: Subject, aurelia: Actor, query: str) -> None:
    assert aurelia.profile_id not in found(catalog, query)


@pytest.mark.parametrize(
    "query",
    [
        "%",
        "_",
        "%calculus%x",
        "'",
        "''); --",
        '"',
        "\\",
        "* & | ! :",
        "<->",
        ":*",
        "😀",
        "…",
        "x" * 200,
        "´`" * 100,
    ],
)
def test_a_hostile_query_finds_nobody_and_breaks_nothing(
    catalog: Subject, aurelia: Actor, query: str
) -> None:
    page = catalog.ask(SearchTutors(search_query=query))
    assert (page.items, page.total) == ([], 0)


@pytest.mark.parametrize(
    "query", ["calculus:*", "'calculus'", "(calculus", "calculus & !aurelia", "%calculus%"]
)
def test_signs_in_a_query_mean_nothing(catalog: Subject, aurelia: Actor, query: str) -> None:
    assert found(catalog, query) == [aurelia.profile_id]


def test_an_empty_query_is_none(catalog: Subject, aurelia: Actor) -> None:
    assert catalog.ask(SearchTutors(search_query="  ")).total == catalog.ask(SearchTutors()).total


def test_the_subject_counts_more_than_the_bio_and_the_right_word_more_than_a_typo(catalog: Subject) -> None:
    subject = a_subject(catalog, "Numismatics")
    by_typo = a_listed_tutor(catalog, a_profile(a_subject(catalog), title="Numismatica"))
    by_bio = a_listed_tutor(catalog, a_profile(a_subject(catalog), bio="And some numismatics " * 20))
    by_subject = a_listed_tutor(catalog, a_profile(subject))
    expected = [by_subject.profile_id, by_bio.profile_id, by_typo.profile_id]
    assert found(catalog, "numismatics") == expected


def test_a_better_rating_breaks_the_tie_of_equal_words(catalog: Subject) -> None:
    subject = a_subject(catalog, "Heraldry")
    tutors = [a_listed_tutor(catalog, a_profile(subject), name="Herald").profile_id for _ in range(3)]
    catalog.hear(RatingChanged(tutors[2], 4.5, 2, version=1))
    assert found(catalog, "heraldry") == [tutors[2], tutors[0], tutors[1]]


def test_a_tutor_is_found_by_a_new_name_at_once_and_not_by_the_old(catalog: Subject) -> None:
    tutor = a_listed_tutor(catalog, a_profile(a_subject(catalog)), name="Wilhelmina Oakenshield")
    catalog.ask(UpdateMe(name="Wilhelmina Undertree"), by=tutor)
    assert found(catalog, "undertree") == [tutor.profile_id]
    assert found(catalog, "oakenshield") == []


def test_only_who_is_approved_is_found(catalog: Subject) -> None:
    tutor = a_listed_tutor(catalog, a_profile(a_subject(catalog, "Falconry")))
    catalog.ask(SuspendTutor(tutor.profile_id), by=ADMIN)
    assert found(catalog, "falconry") == []


def test_words_that_nobody_has_any_more_are_forgotten(catalog: Subject, clock: TestClock) -> None:
    subject = a_subject(catalog)
    tutor = a_listed_tutor(catalog, a_profile(subject, bio="Phrenology"))
    catalog.ask(a_profile(subject, bio="Astronomy"), by=tutor)
    clock.advance(days=2)
    eventually(lambda: _knows(catalog, "phrenology") is False, within=10)
    assert _knows(catalog, "astronomy")


def _knows(catalog: Subject, word: str) -> bool:
    return bool(catalog.sql("SELECT 1 FROM listed_words WHERE word = :word", word=word))
