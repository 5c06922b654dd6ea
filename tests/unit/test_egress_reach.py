"""Whom the way out reaches, and that no spelling, redirect or change of mind makes it reach another."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from ipaddress import ip_address

import pytest

from chassis.egress import (
    Egress,
    NotAllowed,
    NotReached,
    PrivateAddress,
    TooManyRedirects,
    TooSlow,
    Unresolved,
)
from chassis.egress.targets import is_public, target_of
from deploy.ports import free_ports
from tests.strangers import Host, a_host, answering, moved

PUBLIC = "93.184.215.14"
OUTSIDE = Egress()
HERE_TOO = Egress(allow_loopback=True)
ANYWHERE = "::" if socket.has_dualstack_ipv6() else "0.0.0.0"

INSIDE = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1",
    "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1",
    "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(PrivateAddress):
        Egress(resolve=lambda _: [address]).check("https://innocent.example/")


@pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, "192.0.1.1", "2606:4700::1111", "2a00:1450:4001::1"])
def test_an_address_of_the_public_internet_is_admitted(address: str) -> None:
    assert is_public(ip_address(address))
    Egress(resolve=lambda _: [address]).check("https://host.example/")


THIS_MACHINE = (
    "127.0.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "0.0.0.0", "0", "127.1",
    "localhost", "LOCALHOST", "localhost.", "lo\u00adcalhost", "ｌｏｃａｌｈｏｓｔ", "127.0.0.1.", "127.0.1",
    "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.000.000.001",
    "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1", "127.0.0.1\\.example.org",
    "[::1%25lo]", "[::1%lo]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[fe80::1%25lo]", "[::ffff:7f00:1]",
    "user@127.0.0.1", "user:pw@127.0.0.1", "@127.0.0.1", "example.org@127.0.0.1", "example.org#@127.0.0.1",
    "127.0.0.1 ", "127.0.0.1\t", "127.0.0.1\r\nX-Header: 1", "", "[", "[::1", "a..b", "-", "*",
)  # fmt: skip


@pytest.mark.parametrize("host", THIS_MACHINE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_reaches_this_machine(scheme: str, host: str) -> None:
    with a_host(answering(), at=ANYWHERE) as canary, pytest.raises(NotReached):
        OUTSIDE.get(f"{scheme}://{host}:{canary.port}/")
    assert canary.asked == []


FOREIGN = (
    "http://93.184.215.14/", "https://93.184.215.14:22/", "https://93.184.215.14:80/", "https:///path", "x",
    "", "ftp://93.184.215.14/", "file:///etc/passwd", "gopher://93.184.215.14/", "//93.184.215.14/",
    "https://user@93.184.215.14/", "https://:@93.184.215.14/", "https://93.184.215.14/" + "a" * 2048,
    "https://93.184.215.14:0/", "https://93.184.215.14:99999/", "https://93.184.215.14:port/",
)  # fmt: skip


@pytest.mark.parametrize("url", FOREIGN)
def test_only_plain_https_is_spoken_with_the_world(url: str) -> None:
    with pytest.raises(NotAllowed):
        OUTSIDE.check(url)


@pytest.mark.parametrize("url", ["http://nobody.example/", "https://nobody.example:22/"])
def test_what_is_not_plain_https_is_refused_before_a_name_leads_anywhere(url: str) -> None:
    with pytest.raises(NotAllowed):
        Egress(resolve=lambda _: []).check(url)


@pytest.mark.parametrize(
    "addresses", [[PUBLIC, "127.0.0.1"], ["10.0.0.1", PUBLIC], ["2606:4700::1111", "fe80::1"]]
)
def test_a_name_is_refused_for_any_one_of_its_addresses(addresses: list[str]) -> None:
    with pytest.raises(PrivateAddress):
        Egress(resolve=lambda _: addresses).check("https://mixed.example/")


def test_loopback_is_reached_where_it_is_allowed_and_no_other_private_address() -> None:
    with a_host(answering()) as host:
        assert HERE_TOO.get(host.url).body == b"hello"
        with pytest.raises(PrivateAddress):
            HERE_TOO.check("http://10.0.0.1/")
        with pytest.raises(NotAllowed):
            HERE_TOO.check(f"http://{PUBLIC}/")


def test_a_name_is_looked_up_once_and_exactly_that_address_is_asked() -> None:
    """However the name's owner changes its mind between the look and the leap."""
    looked_up = []

    def rebinding(name: str) -> list[str]:
        looked_up.append(name)
        return ["127.0.0.2" if len(looked_up) == 1 else "127.0.0.1"]

    (port,) = free_ports(1)
    with (
        Host(answering(), port=port).listening() as canary,
        Host(answering(), at="127.0.0.2", port=port).listening() as meant,
    ):
        egress = Egress(allow_loopback=True, resolve=rebinding)
        assert egress.get(f"http://rebinding.example:{meant.port}/").status == 200
        assert looked_up == ["rebinding.example"]
        assert len(meant.asked) == 1
        assert canary.asked == []
    assert f"Host: rebinding.example:{meant.port}\r\n".encode() in meant.asked[0]


def test_a_name_that_leads_nowhere_is_told() -> None:
    with pytest.raises(Unresolved):
        Egress(resolve=lambda _: []).check("https://nobody.example/")


def test_a_look_up_that_takes_too_long_is_left() -> None:
    def slow(_: str) -> list[str]:
        time.sleep(1)
        return [PUBLIC]

    with pytest.raises(TooSlow):
        Egress(resolve=slow).check("https://slow.example/", seconds=0.1)


def test_a_url_is_sent_as_browsers_send_it() -> None:
    target = target_of("HTTPS://Bücher.Example.:8443/a b/ü?q=ä%20&x#fragment".replace(" ", "%20"))
    assert (target.host, target.port) == ("xn--bcher-kva.example", 8443)
    assert target.authority == "xn--bcher-kva.example:8443"
    assert target.path == "/a%20b/%C3%BC?q=%C3%A4%20&x"
    assert target_of("https://[2606:4700:0::1111]?x").authority == "[2606:4700::1111]"
    assert target_of("https://[2606:4700:0::1111]?x").path == "/?x"


def test_a_redirect_is_not_followed_unasked() -> None:
    with a_host(answering()) as target, a_host(moved(target.url)) as host:
        assert HERE_TOO.get(host.url).status == 302
        assert HERE_TOO.post(host.url, b"{}", {}).status == 302
        assert target.asked == []


def test_a_redirect_is_followed_where_asked() -> None:
    with a_host(answering()) as target, a_host(moved(target.url)) as host:
        assert HERE_TOO.get(host.url, redirects=3).body == b"hello"


def test_redirects_come_to_an_end() -> None:
    with a_host(moved("/again")) as host:
        with pytest.raises(TooManyRedirects):
            HERE_TOO.get(host.url, redirects=3)
        assert len(host.asked) == 4


@pytest.mark.parametrize(
    "to",
    ["http://10.0.0.1/", "https://169.254.169.254/latest", "//0.0.0.0/", "file:///etc/passwd", "https://["],
)
def test_every_redirect_is_judged_anew(to: str) -> None:
    with a_host(moved(to)) as host, pytest.raises(NotAllowed):
        HERE_TOO.get(host.url, redirects=3)


_GREEN = """
import eventlet
eventlet.monkey_patch()
import socket, threading, time
from eventlet.support import greendns
from chassis.egress import Egress, NotReached

silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 0))
greendns.resolver._resolver.nameservers = ["127.0.0.1"]
greendns.resolver._resolver.port = silent.getsockname()[1]
ticks = [time.monotonic()]

def tick():
    while True:
        time.sleep(0.02)
        ticks.append(time.monotonic())

threading.Thread(target=tick, daemon=True).start()
try:
    Egress().check("https://slow.example/", seconds=0.5)
except NotReached as reason:
    print(reason.word, len(ticks) > 10)
"""


def test_a_dead_name_server_does_not_hold_a_green_process() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _GREEN], capture_output=True, text=True, timeout=30, check=True
    )
    assert ran.stdout == "too_slow True\n"
