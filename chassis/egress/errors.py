"""Why an address was not reached.

NotReached
├── NotAllowed          never to be asked: its scheme, port or form
│   └── PrivateAddress  … or where its name leads
├── Unresolved          the name leads nowhere
├── Unreachable         nobody answers, or the connection broke
├── NotTrusted          its certificate is not good
├── TooSlow
├── TooLarge
├── TooManyRedirects
└── Garbled             what came back is not HTTP, or is packed in an unknown way
"""

from __future__ import annotations

import re


class NotReached(Exception):
    """Says nothing but its class: neither the address nor what was found there."""

    @property
    def word(self) -> str:
        """The reason for logs and people: `TooSlow` is `too_slow`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(self).__name__).lower()


class NotAllowed(NotReached):
    pass


class PrivateAddress(NotAllowed):
    pass


class Unresolved(NotReached):
    pass


class Unreachable(NotReached):
    pass


class NotTrusted(NotReached):
    pass


class TooSlow(NotReached):
    pass


class TooLarge(NotReached):
    pass


class TooManyRedirects(NotReached):
    pass


class Garbled(NotReached):
    pass
