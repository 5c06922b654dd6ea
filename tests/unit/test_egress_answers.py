"""What a hostile answer can do to the way out: nothing that lasts, and nothing that fills the memory."""

from __future__ import annotations

import gzip
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chassis.egress import Answer, Egress, Garbled, NotReached, NotTrusted, TooLarge, TooSlow, Unreachable
from chassis.egress.client import LARGEST_BODY
from tests.strangers import Host, a_host, answering, dripping, endless, silent


def get(host: Host, seconds: float = 5) -> Answer:
    return Egress(allow_loopback=True, seconds=seconds).get(host.url)


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    ],
)
def test_a_drop_at_a_time_is_cut_by_the_clock(first: bytes, drop: bytes) -> None:
    began = time.monotonic()
    with a_host(dripping(first, drop)) as host, pytest.raises(NotReached):
        get(host, seconds=0.4)
    assert time.monotonic() - began < 1.5


def test_silence_is_cut_by_the_clock() -> None:
    with a_host(silent(2)) as host, pytest.raises(TooSlow):
        get(host, seconds=0.2)


def test_a_dripping_greeting_is_cut_by_the_clock() -> None:
    with a_host(dripping(b"\x16\x03\x03\x40\x00", b"\x00")) as host, pytest.raises(TooSlow):
        Egress(allow_loopback=True, seconds=0.4).get(host.url.replace("http:", "https:"))


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"]
)
def test_an_endless_body_is_cut_by_its_size(head: bytes) -> None:
    with a_host(endless(head)) as host, pytest.raises(TooLarge):
        get(host)


def test_an_endless_head_is_cut_by_its_size() -> None:
    with a_host(endless(b"HTTP/1.1 200 OK\r\nX: ")) as host, pytest.raises(Garbled):
        get(host)


def packed(body: bytes) -> bytes:
    coded = gzip.compress(body)
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(coded) + coded


def test_a_packed_body_is_unpacked_up_to_a_mebibyte() -> None:
    with a_host(answering(packed(b"x" * LARGEST_BODY))) as host:
        assert get(host).body == b"x" * LARGEST_BODY


def test_a_bomb_is_not_unpacked() -> None:
    with a_host(answering(packed(bytes(40 * LARGEST_BODY)))) as host, pytest.raises(TooLarge):
        get(host)


@pytest.mark.parametrize(
    "answer",
    [
        *(
            b"",
            b"SSH-2.0-OpenSSH_9.6\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
            b"\x00" * 100,
        ),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
)
def test_what_is_not_http_is_told_so(answer: bytes) -> None:
    with a_host(answering(answer)) as host, pytest.raises(Garbled):
        get(host)


def test_a_closed_port_is_told() -> None:
    with a_host(answering()) as host:
        pass
    with pytest.raises(Unreachable):
        get(host)


def test_a_post_does_not_wait_for_the_body_of_its_answer() -> None:
    with a_host(dripping(b"HTTP/1.1 201 Created\r\nX-Seen: yes\r\n\r\n", b"x")) as host:
        began = time.monotonic()
        answer = Egress(allow_loopback=True).post(host.url, b'{"a":1}', {"Content-Type": "application/json"})
        assert time.monotonic() - began < 1
    assert answer == Answer(201, {"x-seen": "yes"})
    assert answer.is_good
    assert host.asked[0].endswith(b'\r\n\r\n{"a":1}')


# --- TLS ----------------------------------------------------------------------------------------------


class Certified(NamedTuple):
    """Both ends of TLS with the host `hooks.example`."""

    shown: ssl.SSLContext
    trust: ssl.SSLContext


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    file = tmp_path_factory.mktemp("tls") / "host.pem"
    certificate = make_certificate(file)
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(file)
    return Certified(shown, ssl.create_default_context(cadata=certificate))


def make_certificate(file: Path) -> str:
    """The certificate; with its key it is in the file."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False)
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made)
    return made.decode()


def at_home(trust: ssl.SSLContext | None = None) -> Egress:
    """Every name leads to this machine."""
    return Egress(allow_loopback=True, resolve=lambda _: ["127.0.0.1"], trust=trust)


def test_a_host_proves_its_name_at_the_address_that_was_looked_up(certified: Certified) -> None:
    with a_host(answering(), tls=certified.shown) as host:
        answer = at_home(certified.trust).get(f"https://hooks.example:{host.port}/calendar")
        assert answer.body == b"hello"
    assert host.asked[0].startswith(b"GET /calendar HTTP/1.1\r\n")


@pytest.mark.parametrize("name", ["other.example", "127.0.0.1"])
def test_a_host_with_the_name_of_another_is_not_trusted(certified: Certified, name: str) -> None:
    with a_host(answering(), tls=certified.shown) as host, pytest.raises(NotTrusted):
        at_home(certified.trust).get(f"https://{name}:{host.port}/")
    assert host.asked == []


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(certified: Certified) -> None:
    with a_host(answering(), tls=certified.shown) as host, pytest.raises(NotTrusted):
        at_home().get(f"https://hooks.example:{host.port}/")


def test_a_large_body_comes_through_tls_whole(certified: Certified) -> None:
    body = bytes(range(256)) * 2048
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    with a_host(answering(head + body), tls=certified.shown) as host:
        assert at_home(certified.trust).get(f"https://hooks.example:{host.port}/").body == body
