"""What all that is owned has in common: it is somebody's, and a version on with each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, replace
from typing import Any, ClassVar, Protocol, TypeVar

from contracts.errors import Denied, NotFound, Stale


class Versioned(Protocol):
    """A frozen dataclass that knows its version."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def version(self) -> int: ...


class Offered(Protocol):
    """Something that a tutor offers until it is removed."""

    @property
    def tutor_profile_id(self) -> int: ...

    @property
    def active(self) -> bool: ...


Thing = TypeVar("Thing", bound=Versioned)
Offer = TypeVar("Offer", bound=Offered)


def insist_on_version(expected: int | None, present: int) -> None:
    """What the caller read must be what there is. Raises `Stale`."""
    if expected not in (None, present):
        raise Stale()


def following(thing: Thing, changes: Mapping[str, Any]) -> Thing:
    """The thing as changed, one version on; the thing itself where that makes no difference."""
    changed = replace(thing, **changes)
    return thing if changed == thing else replace(changed, version=thing.version + 1)


def own(offer: Offer | None, tutor_profile_id: int) -> Offer:
    """What is named, if this tutor offers it. Raises `NotFound`, `Denied`."""
    if offer is None or not offer.active:
        raise NotFound()
    if offer.tutor_profile_id != tutor_profile_id:
        raise Denied()
    return offer
