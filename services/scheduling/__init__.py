"""When tutors are open, and which starts a student may choose.

Owns hours and their exceptions; keeps copies of tutors, courses, policies and busy times. Who is
booked when is not decided here: booking does that, by the open hours that it is told.
"""
