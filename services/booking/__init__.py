"""Booking: who is taught what by whom, when, on which terms and for how much.

Owns policies, bookings with their history, and the ledger; keeps copies of accounts, tutors,
courses and open hours. Whether two lessons may overlap is decided here and nowhere else.
"""
