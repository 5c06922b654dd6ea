"""What must never be written down: who people are, their secrets, what they confide.

Fields are blanked by their names, and what looks like an address or a secret is blanked wherever
it stands in a text. This is a net below those who log with care, not a licence to be careless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

BLANK = "[left out]"

_SENSITIVE_WORDS = frozenset({
    "args", "answer", "authorization", "bio", "body", "comment", "cookie", "credentials", "email", "feed",
    "headers", "key", "kwargs", "mail", "note", "notes", "parameters", "params", "passcode", "password",
    "payload", "phone", "secret", "signature", "token", "tokens",
})  # fmt: skip
_LONGEST_TEXT = 8_000
_HARMLESS = frozenset({"routing_key"})

_IN_TEXT = re.compile(
    r"[^@\s\"(),:;<>\[\]\\]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"  # an e-mail address
    r"|eyJ[\w-]{8,500}\.[\w-]+\.[\w-]*"  # a JSON web token
    r"|(?<=://)[^/\s@]{1,200}(?=@)"  # a login within a URL
    r"|(?<=/calendar/)[\w-]{8,}"  # the secret of a feed
    r"|(?<=[Bb]earer )[\w.~+/=-]+"
)


def discreet(fields: Mapping[Any, Any]) -> dict[str, Any]:
    """The fields as plain JSON values, nested ones too, without what is private."""
    return {
        str(name): BLANK if _is_sensitive(str(name), value) else _cleaned(value)
        for name, value in fields.items()
    }


def _is_sensitive(name: str, value: Any) -> bool:
    if value is None or isinstance(value, bool | int | float) or name in _HARMLESS:
        return False
    return not _SENSITIVE_WORDS.isdisjoint(name.lower().replace("-", "_").split("_"))


def _cleaned(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return discreet(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(each) for each in value]
    return _IN_TEXT.sub(BLANK, _shortened(str(value)))


def _shortened(text: str) -> str:
    """The beginning and the end: of a traceback both matter."""
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[: _LONGEST_TEXT // 2]} … {text[-_LONGEST_TEXT // 2 :]}"
