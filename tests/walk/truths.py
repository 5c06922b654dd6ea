"""What always holds in booking's tables, said as statements that find whatever contradicts it."""

_ACTIVE = "status IN ('HELD', 'PENDING', 'CONFIRMED')"

# A tutor's time that is taken, by lessons alone and by sessions whoever takes part.
_BLOCKS = f"""
    SELECT tutor_profile_id, tstzrange(blocked_from, blocked_to) AS during,
        id AS booking_id, NULL AS session_id
    FROM bookings WHERE {_ACTIVE} AND session_id IS NULL
    UNION ALL
    SELECT tutor_profile_id, tstzrange(blocked_from, blocked_to), NULL, id
    FROM sessions WHERE status = 'scheduled'"""

_MONEY = {
    "debits equal credits": """
        SELECT currency, sum(amount) FROM ledger GROUP BY currency HAVING sum(amount) <> 0""",
    "every posting adds up to nothing": """
        SELECT booking_id, package_id, kind FROM ledger GROUP BY booking_id, package_id, kind
        HAVING sum(amount) <> 0 OR count(*) <> 2""",
    "escrow holds the stakes of what is not settled, and nothing else": f"""
        SELECT currency, sum(amount) FROM (
            SELECT currency, amount FROM ledger WHERE account = 'escrow'
            UNION ALL
            SELECT coalesce(credit_currency, currency),
                coalesce(credit_net + credit_fee, price + platform_fee)
            FROM bookings WHERE {_ACTIVE} AND (status <> 'HELD' OR package_id IS NOT NULL)
        ) AS stakes GROUP BY currency HAVING sum(amount) <> 0""",
    "what came in is what was paid and not paid back": """
        SELECT currency, sum(amount) FROM (
            SELECT currency, amount FROM ledger WHERE account LIKE 'provider:%'
            UNION ALL
            SELECT currency, CASE kind WHEN 'payment' THEN -amount ELSE amount END
            FROM payments WHERE status = 'paid'
        ) AS moves GROUP BY currency HAVING sum(amount) <> 0""",
    "what is charged is to be paid": """
        SELECT booking_id, package_id, amount FROM ledger WHERE kind IN ('charge', 'purchase') AND amount > 0
        EXCEPT SELECT booking_id, package_id, amount FROM payments WHERE kind = 'payment'""",
    "what comes back of what was paid is to be paid back": """
        SELECT booking_id, refunded FROM payments JOIN bookings ON bookings.id = booking_id
        WHERE kind = 'payment' AND payments.status = 'paid' AND refunded > 0
        EXCEPT SELECT booking_id, amount FROM payments WHERE kind = 'refund'""",
    "no tutor and no fee is ever taken back": """
        SELECT account, sum(amount) FROM ledger WHERE account LIKE 'tutor:%' OR account = 'platform'
        GROUP BY account HAVING sum(amount) > 0""",
}

_CREDITS = {
    "no balance of credits is negative": """
        SELECT id FROM packages WHERE credits_left NOT BETWEEN 0 AND credits_total""",
    "a package's account holds what its credits were bought for": """
        SELECT id FROM packages WHERE net_left + fee_left <>
        (SELECT coalesce(-sum(amount), 0) FROM ledger WHERE account = 'prepaid:' || packages.id)""",
    "an active package has all credits but those of its lessons": """
        SELECT id FROM packages WHERE status = 'active' AND credits_total - credits_left <>
        (SELECT coalesce(sum(credits), 0) FROM bookings
         WHERE package_id = packages.id AND NOT credit_returned)""",
}

_SEATS = {
    "the seats taken are those of the active bookings": f"""
        SELECT id FROM sessions WHERE seats_taken <>
        (SELECT coalesce(sum(seats_reserved), 0) FROM bookings
         WHERE session_id = sessions.id AND {_ACTIVE})""",
    "the seats held are those that are offered": """
        SELECT id FROM sessions WHERE seats_held <>
        (SELECT count(*) FROM waitlist WHERE session_id = sessions.id AND status = 'offered')""",
    "seats are within the capacity": "SELECT id FROM sessions WHERE seats_taken + seats_held > capacity",
    "nobody waits while a seat is free": """
        SELECT sessions.id FROM sessions JOIN waitlist ON session_id = sessions.id
        WHERE waitlist.status = 'waiting' AND seats_taken + seats_held < capacity""",
    "nobody is offered a seat before who came first": """
        SELECT first.id FROM waitlist AS first JOIN waitlist AS later USING (session_id)
        WHERE first.place < later.place AND (first.status, later.status) = ('waiting', 'offered')""",
    "nobody has a seat in a cancelled session, or waits for one": f"""
        SELECT id FROM sessions WHERE status = 'cancelled' AND (
            EXISTS (SELECT 1 FROM bookings WHERE session_id = sessions.id AND {_ACTIVE})
            OR EXISTS (SELECT 1 FROM waitlist
                       WHERE session_id = sessions.id AND status IN ('waiting', 'offered')))""",
}

_TIME = {
    "no two active blocks of a tutor overlap": f"""
        WITH taken AS ({_BLOCKS})
        SELECT one.* FROM taken AS one JOIN taken AS other USING (tutor_profile_id)
        WHERE one.during && other.during
        AND (one.booking_id, one.session_id) IS DISTINCT FROM (other.booking_id, other.session_id)""",
    "the constraint sees every block, and none that is not": f"""
        WITH taken AS ({_BLOCKS}),
        seen AS (SELECT tutor_profile_id, during, booking_id, session_id FROM blocks)
        (TABLE taken EXCEPT TABLE seen) UNION ALL (TABLE seen EXCEPT TABLE taken)""",
    "no two active bookings of a student overlap": f"""
        WITH active AS (SELECT id, student_id, start_at, end_at FROM bookings WHERE {_ACTIVE})
        SELECT one.id, other.id AS other_id FROM active AS one JOIN active AS other USING (student_id)
        WHERE one.id < other.id AND one.start_at < other.end_at AND other.start_at < one.end_at""",
}

_HISTORY = {
    "a booking's history ends in its status, a step for each version": """
        SELECT bookings.id FROM bookings LEFT JOIN
        (SELECT booking_id, count(*) AS steps, (array_agg(to_status ORDER BY id DESC))[1] AS last
         FROM history GROUP BY booking_id) AS told ON booking_id = bookings.id
        WHERE (last, steps) IS DISTINCT FROM (status, version)""",
    "each step begins where the last one ended": """
        SELECT booking_id FROM (
            SELECT booking_id, from_status,
                lag(to_status) OVER (PARTITION BY booking_id ORDER BY id) AS before
            FROM history
        ) AS steps WHERE from_status IS DISTINCT FROM before""",
    "the occurrences of a series are made one after another": """
        SELECT series.id FROM series LEFT JOIN occurrences ON series_id = series.id GROUP BY series.id
        HAVING (count(occurrence_index), coalesce(max(occurrence_index), 0)) IS DISTINCT FROM (made, made)""",
    "what a series has booked is a booking of that place": """
        SELECT series_id, occurrence_index, booking_id FROM occurrences WHERE booking_id IS NOT NULL
        EXCEPT SELECT series_id, occurrence_index, id FROM bookings""",
    "a tutor's record counts every lesson that was kept": """
        SELECT tutor_profile_id FROM reliabilities WHERE kept <>
        (SELECT count(*) FROM bookings WHERE status IN ('COMPLETED', 'NO_SHOW_STUDENT')
         AND bookings.tutor_profile_id = reliabilities.tutor_profile_id)""",
}

CONTRADICTIONS = {**_MONEY, **_CREDITS, **_SEATS, **_TIME, **_HISTORY}
