"""A tour of a booking's life against the running copy: `python -m deploy.tour`, which is `make demo`.

The visitors come in through HTTP like anybody (`visitor`), with accounts of their own (`roles`): first a
lesson is sought, raced for, approved, moved and cancelled (`booking`), then a group is filled and a
package used (`groups`), at last two lessons are lived through, for which the clock of the whole system is
moved and put back (`living`).
"""
