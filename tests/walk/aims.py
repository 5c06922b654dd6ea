"""What the steps of the walk draw: small numbers, whose meaning is looked up when the step is made."""

from __future__ import annotations

from hypothesis import strategies as st

STUDENTS, TUTORS = 5, 2

aims = st.integers(0, 63)  # which of those that fit
students, tutors = st.integers(0, STUDENTS - 1), st.integers(0, TUTORS - 1)
times = st.tuples(st.integers(0, 5), st.integers(16, 39))  # days ahead, half hours after midnight
evenings = st.tuples(st.integers(0, 5), st.sampled_from((38, 40)))
minutes = st.sampled_from((60, 30, 90))
maybe = st.booleans()
sides = st.sampled_from(("student", "tutor", "admin"))
