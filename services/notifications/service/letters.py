"""Sending what is queued, one after another: each letter is claimed in one transaction, sent outside
of any, and noted in the next.

What its reader does not want any more is withdrawn instead, what comes at a quiet hour put off.
"""

from __future__ import annotations

from functools import partial

from chassis.service import Service, every
from chassis.settings import Settings
from chassis.unit import Round
from services.notifications.domain import Channel, Letter
from services.notifications.preferences import hangs_on_its_lesson, when_to_send
from services.notifications.rendering import Platform, as_mail, as_text
from services.notifications.senders import NotSent, Postbox, compose
from services.notifications.store import Deliveries, Lessons
from services.notifications.texts import Provider

_MOST_LOOKED_AT = 200  # in one transaction


class Letters(Service):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._platform = Platform(settings.mail_from, settings.public_url)
        self._postbox = Postbox.at(settings.smtp_url)
        self._provider = Provider.of(settings)

    @every(seconds=1)
    def send_letters(self, unit: Round) -> None:
        Deliveries(unit.connection).give_up(unit.now)
        self._send_next(Channel.EMAIL, unit)

    @every(seconds=1)
    def send_texts(self, unit: Round) -> None:
        self._send_next(Channel.SMS, unit)

    def _send_next(self, channel: Channel, unit: Round) -> None:
        if letter := _next(channel, unit):
            unit.afterwards(partial(self._send, letter), partial(self._settle, letter))

    def _send(self, letter: Letter) -> str | None:
        """Why it was not sent, if it was not."""
        try:
            self._hand_over(letter)
        except NotSent as reason:
            return str(reason)
        return None

    def _hand_over(self, letter: Letter) -> None:
        if letter.channel is Channel.EMAIL:
            mail = as_mail(letter, self._platform)
            self._postbox.put(compose(mail, self._platform.mail_from, letter.notification.created_at))
        elif self._provider:
            self._provider.send(as_text(letter))
        else:
            raise NotSent("no_provider")  # there was one when the text was queued

    def _settle(self, letter: Letter, failure: str | None, unit: Round) -> None:
        if failure is None:
            Deliveries(unit.connection).sent(letter, unit.now)
        else:
            Deliveries(unit.connection).not_sent(letter, failure, unit.now)
        self._send_next(letter.channel, unit)


def _next(channel: Channel, unit: Round) -> Letter | None:
    """The next letter that is to be sent now, claimed."""
    shelf, lessons = Deliveries(unit.connection), Lessons(unit.connection)
    for _ in range(_MOST_LOOKED_AT):
        letter = shelf.next(channel, unit.now)
        if letter is None:
            return None
        note = letter.notification.note
        at = when_to_send(letter, lessons.of(note) if hangs_on_its_lesson(note) else None, unit.now)
        if at == unit.now:
            shelf.claim(letter, unit.now)
            return letter
        shelf.put_off(letter, at) if at else shelf.withdraw(letter)
    return None
