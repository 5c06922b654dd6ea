"""What may be reached: a URL taken apart, and which addresses are public. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urlsplit

import idna

from chassis.egress.errors import NotAllowed, PrivateAddress

Address = IPv4Address | IPv6Address

PORTS = frozenset({443, 8443})
_SCHEMES = {"http": 80, "https": 443}

_URL = re.compile(r"[^\x00-\x20\x7f\\]{1,2048}")  # urlsplit would drop some of these without a word
_NUMERIC = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")  # what some resolvers take for an address
_UNQUOTED = "%/:=&?~#+!$,;'@()*[]"

_UNICAST = ip_network("2000::/3")
_NOT_PUBLIC = [
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # relays of 6to4
        "2001::/23",  # Teredo and other wrappings of IPv4
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]


@dataclass(frozen=True)
class Target:
    """A URL taken apart. `host` is a name in ASCII or an address, without brackets or a dot at its end."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host as the `Host` header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _SCHEMES["https" if self.secure else "http"] else f"{host}:{self.port}"

    @property
    def literal(self) -> Address | None:
        """The address, where the host is one."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None


def target_of(url: str) -> Target:
    """What the URL names. Raises `NotAllowed` for what no client should ask."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotAllowed() from None
    good = _URL.fullmatch(url) and parts.scheme in _SCHEMES and "@" not in parts.netloc
    if not good or not parts.hostname or port == 0:
        raise NotAllowed()
    query = f"?{parts.query}" if parts.query else ""
    path = quote((parts.path or "/") + query, safe=_UNQUOTED)
    return Target(parts.scheme == "https", _host(parts.hostname), port or _SCHEMES[parts.scheme], path)


def admit(target: Target, addresses: Collection[Address], loopback_too: bool) -> None:
    """Raises `PrivateAddress` unless all addresses are public, `NotAllowed` for other than plain https.

    Where loopback is admitted, it is so by any scheme and port.
    """
    if loopback_too and all(address.is_loopback for address in addresses):
        return
    if not all(is_public(address) for address in addresses):
        raise PrivateAddress()
    if not target.secure or target.port not in PORTS:
        raise NotAllowed()


def is_public(address: Address) -> bool:
    """Whether the address belongs to one host of the public internet, and wraps no other address."""
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    if address.version == 6:
        return address in _UNICAST and address.is_global
    return address.is_global and not address.is_multicast and not address.is_reserved


def _host(name: str) -> str:
    try:
        if ":" in name:
            return str(_without_zone(IPv6Address(name)))
        host = idna.encode(name, uts46=True).decode().removesuffix(".")
        return str(IPv4Address(host)) if _NUMERIC.fullmatch(host) else host
    except ValueError:  # idna's errors are of this kind
        raise NotAllowed() from None


def _without_zone(address: IPv6Address) -> IPv6Address:
    if address.scope_id is not None:
        raise ValueError("a zone is of this machine only")
    return address
