"""The one way out over HTTP, for addresses that strangers have given.

Promises: only public addresses are reached, whatever a name resolves to and however often it
changes its mind; nothing takes longer than ten seconds or brings more than a mebibyte,
before or after unpacking.
"""

from chassis.egress.client import Answer, Egress
from chassis.egress.errors import (
    Garbled,
    NotAllowed,
    NotReached,
    NotTrusted,
    PrivateAddress,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
    Unresolved,
)
from chassis.egress.lookout import Lookout

__all__ = [
    "Answer",
    "Egress",
    "Garbled",
    "Lookout",
    "NotAllowed",
    "NotReached",
    "NotTrusted",
    "PrivateAddress",
    "TooLarge",
    "TooManyRedirects",
    "TooSlow",
    "Unreachable",
    "Unresolved",
]
