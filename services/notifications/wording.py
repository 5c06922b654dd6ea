"""The languages: the texts of `templates/<language>.toml`, and the two forms of a mail.

Each kind of notification has a title and a body for each side that is told of it. The texts
are plain; `mail.html` escapes what is put into it. What they may use:

    other               the name of the other side
    when, start         the lesson's time with the zone named; its start, short
    before              when it was to be, before it was moved
    pending             whether the tutor has yet to accept
    cancelled_by        student, tutor or admin
    refund              what the student gets back, if anything
    credit_returned     whether a credit of a package came back instead
    absent              which side did not come
    rating              one to five stars
    package             its name
    credits             how many came, are left, have lapsed or were paid back
    refunded            whether they were paid back
    expires             until when they are good, the zone named
    course              what a session is of
    until               how long a seat is held
    was_offered         whether a seat had been held
    cancelled           whether the session is
    because             why a lesson of a series could not be booked, or a calendar not be read; its words
                        are `because_<code>` and `unread_<code>`
    calendar            the name of one that is kept elsewhere
    was_read            whether it ever was
    amount, pay_by      what is to be paid for a lesson, or for a `package`, and until when
    webhook, host       its number, and the host that it leads to
    gone                whether that says there is nothing any more
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from contracts.notifications import NotificationKind
from services.notifications.domain import Side
from services.notifications.moments import Formats

_FOLDER = Path(__file__).parent / "templates"
_BLANKS = re.compile(r"[ \r\n]+")  # a no-break space is none: it is meant

_templates = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=select_autoescape(["html"], default_for_string=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Wording:
    """The title and the body of one kind, for one side."""

    title: Template
    body: Template


@dataclass(frozen=True)
class Language:
    """What is said, and how times are written, in one language."""

    formats: Formats
    words: Mapping[str, Template]
    wordings: Mapping[tuple[NotificationKind, Side], Wording]

    def word(self, name: str, /, **values: Any) -> str:
        return fill(self.words[name], values)

    def reason(self, name: str, code: str) -> str:
        """The words for the code, or where it has none those for any."""
        known = f"{name}_{code}"
        return self.word(known if known in self.words else name)


@cache
def language(locale: str) -> Language:
    """The language that the locale names. Raises `FileNotFoundError`."""
    texts = tomllib.loads((_FOLDER / f"{locale}.toml").read_text("utf-8"))
    formats = Formats(Locale.parse(locale), **texts.pop("formats"))
    words = {name: _templates.from_string(text) for name, text in texts.pop("words").items()}
    wordings = {
        (NotificationKind(kind), Side(side)): Wording(**_compiled(wording))
        for kind, sides in texts.items()
        for side, wording in sides.items()
    }
    return Language(formats, words, wordings)


def fill(template: Template, values: Mapping[str, Any]) -> str:
    """The text on one line."""
    return _BLANKS.sub(" ", template.render(values)).strip()


def mail_body(form: str, values: Mapping[str, Any]) -> str:
    """A whole mail; `form` is `html` or `txt`."""
    return _templates.get_template(f"mail.{form}").render(values)


def _compiled(texts: Mapping[str, str]) -> dict[str, Template]:
    return {name: _templates.from_string(text) for name, text in texts.items()}
