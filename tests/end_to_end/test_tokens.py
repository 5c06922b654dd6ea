"""Who somebody is: only what the gateway has signed, as it was signed, for as long as it said."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.end_to_end.people import PASSWORD, Anyone, Json, Person, Student, a_student, done, refused
from tests.end_to_end.world import World
from tests.waiting import eventually


class Mint:
    """Makes tokens of every kind out of a good one; `key` is the gateway's own."""

    def __init__(self, student: Student) -> None:
        credentials = student.world.stack.servers.credentials
        self.key = load_pem_private_key(credentials.signing_key.encode(), None)
        self.public_pem = credentials.public_key
        self.good = student.token()
        self.header = jwt.get_unverified_header(self.good)
        self.claims: Json = jwt.decode(self.good, options={"verify_signature": False})

    def signed(self, header: Json | None = None, key: Any = None, without: str = "", **claims: Any) -> str:
        """A token that differs from the good one in just that."""
        told = {name: value for name, value in {**self.claims, **claims}.items() if name != without}
        return jwt.encode(told, key or self.key, "EdDSA", {**self.header, **(header or {})})

    def assembled(self, header: Json, claims: Json, signature: str = "") -> str:
        """Three parts that nobody has signed."""
        parts = (
            urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)
        )
        return ".".join([*parts, signature])

    def altered(self, **claims: Any) -> str:
        """The good token with other claims under the old signature."""
        return self.assembled(self.header, {**self.claims, **claims}, self.good.rpartition(".")[2])


FORGERIES: dict[str, Callable[[Mint], str]] = {
    "nothing": lambda mint: "",
    "nonsense": lambda mint: "nonsense",
    "dots": lambda mint: "..",
    "long": lambda mint: "a" * 20_000,
    "cut off": lambda mint: mint.good[:-4],
    "without signature": lambda mint: mint.good.rpartition(".")[0] + ".",
    "another's id": lambda mint: mint.altered(sub="1"),
    "an admin's role": lambda mint: mint.altered(role="admin"),
    "algorithm none": lambda mint: mint.assembled({**mint.header, "alg": "none"}, mint.claims),
    "algorithm NONE": lambda mint: mint.assembled({**mint.header, "alg": "NONE"}, mint.claims),
    "no algorithm": lambda mint: mint.assembled({"typ": "at+jwt"}, mint.claims),
    "the public key as a secret": lambda mint: hs256(mint),
    "another key": lambda mint: mint.signed(key=Ed25519PrivateKey.generate()),
    "another key's name": lambda mint: mint.signed({"kid": "other"}),
    "a key at an address": lambda mint: mint.signed(
        {"kid": "there", "jku": "http://127.0.0.1/jwks.json"}, Ed25519PrivateKey.generate()
    ),
    "a path for a key": lambda mint: mint.signed({"kid": "../../dev/null"}),
    "another type": lambda mint: mint.signed({"typ": "JWT"}),
    "a service's context": lambda mint: mint.signed({"typ": "context+jwt"}, aud="services"),
    "another audience": lambda mint: mint.signed(aud="services"),
    "another issuer": lambda mint: mint.signed(iss="https://elsewhere.example"),
    "expired": lambda mint: mint.signed(exp=mint.claims["iat"] - 1),
    "expires at infinity": lambda mint: mint.signed(exp=1e300),
    "expires some day": lambda mint: mint.signed(exp="tomorrow"),
    "a name for an id": lambda mint: mint.signed(sub="ada"),
    "a list for claims": lambda mint: mint.assembled(mint.header, []),  # type: ignore[arg-type]
    **{
        f"without {claim}": lambda mint, claim=claim: mint.signed(without=claim)
        for claim in ("sub", "exp", "iat", "aud", "iss", "jti", "role")
    },
}


def hs256(mint: Mint) -> str:
    """Signed with what everybody knows, which a careless reader would verify it with."""
    header = {**mint.header, "alg": "HS256"}
    unsigned = mint.assembled(header, mint.claims)[:-1]
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        unsigned.encode(), mint.public_pem.encode()
    )
    return f"{unsigned}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.fixture(scope="module")
def student(world: World) -> Student:
    return a_student(world)


@pytest.fixture
def mint(student: Student) -> Mint:
    return Mint(student)


def me(anyone: Anyone, authorization: str | bytes) -> Any:
    return anyone.get("/api/me", {"Authorization": authorization})


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_opens_nothing(anyone: Anyone, mint: Mint, forgery: str) -> None:
    response = me(anyone, f"Bearer {FORGERIES[forgery](mint)}")
    refused(response, 401, "unauthenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "scheme", ["Basic {}", "{}", "Token {}", "Bearer{}", "Bearer {} {}", "Bearer {},", "\xe4 {}"]
)
def test_a_token_is_sent_as_a_bearers(anyone: Anyone, mint: Mint, scheme: str) -> None:
    refused(me(anyone, scheme.replace("{}", mint.good).encode("latin-1")), 401, "unauthenticated")


def test_a_forged_token_is_refused_where_none_is_needed_as_well(anyone: Anyone, mint: Mint) -> None:
    response = anyone.get("/api/subjects", {"Authorization": f"Bearer {mint.altered(role='admin')}"})
    refused(response, 401, "unauthenticated")


def test_a_good_token_is_good_however_the_scheme_is_written(
    anyone: Anyone, mint: Mint, student: Student
) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert done(me(anyone, f"{scheme} {mint.good}"))["id"] == student.id


def test_the_public_key_is_there_for_others_to_verify_with(anyone: Anyone, mint: Mint) -> None:
    [key] = done(anyone.get("/.well-known/jwks.json"))["keys"]
    assert key["kid"] == mint.header["kid"]
    public = jwt.PyJWK(key, algorithm="EdDSA")
    options = {"verify_exp": False, "verify_iat": False}
    assert (
        jwt.decode(mint.good, public, ["EdDSA"], options, audience="tutoring-api")["sub"]
        == mint.claims["sub"]
    )
    assert len(urlsafe_b64decode(key["x"] + "==")) == 32


# --- sessions ----------------------------------------------------------------------------------------------


def log_in(person: Person) -> Json:
    tokens: Json = done(
        Anyone(person.world).post("/api/auth/login", {"email": person.email, "password": PASSWORD})
    )
    return tokens


def refresh(anyone: Anyone, tokens: Json) -> Any:
    return anyone.post("/api/auth/refresh", {"refresh_token": tokens["refresh_token"]})


def test_an_access_token_is_good_for_ten_minutes_and_the_session_goes_on(
    world: World, anyone: Anyone
) -> None:
    person = a_student(world)
    tokens = log_in(person)
    assert tokens["expires_in"] <= 600
    world.pass_time(seconds=tokens["expires_in"])
    eventually(lambda: me(anyone, f"Bearer {tokens['access_token']}").status_code == 401)
    expired = {"Authorization": f"Bearer {tokens['access_token']}"}
    body = {"refresh_token": tokens["refresh_token"]}
    newer = done(anyone.call("POST", "/api/auth/refresh", expired, json=body))
    assert done(me(anyone, f"Bearer {newer['access_token']}"))["id"] == person.id


def test_a_refresh_token_that_is_used_twice_ends_the_whole_session(world: World, anyone: Anyone) -> None:
    person = a_student(world)
    first, other = log_in(person), log_in(person)
    second = done(refresh(anyone, first))
    refused(refresh(anyone, first), 401, "refresh_token_invalid")
    refused(refresh(anyone, second), 401, "refresh_token_invalid")
    done(refresh(anyone, other))


def test_who_logs_out_can_not_go_on(world: World, anyone: Anyone) -> None:
    tokens = log_in(a_student(world))
    assert anyone.post("/api/auth/logout", {"refresh_token": tokens["refresh_token"]}).status_code == 204
    refused(refresh(anyone, tokens), 401, "refresh_token_invalid")


def test_a_log_in_that_is_sent_twice_with_one_key_is_one_session(world: World, anyone: Anyone) -> None:
    person = a_student(world)
    body = {"email": person.email, "password": PASSWORD}
    first, again = (anyone.post("/api/auth/login", body, key="log-in-once") for _ in range(2))
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    other = anyone.post("/api/auth/login", {**body, "password": "wrong"}, key="log-in-once")
    refused(other, 422, "idempotency_key_reused")


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(anyone: Anyone, student: Student) -> None:
    wrong = anyone.post("/api/auth/login", {"email": student.email, "password": "wrong password"})
    unknown = anyone.post("/api/auth/login", {"email": f"no-{student.email}", "password": "wrong password"})
    assert (
        refused(wrong, 401, "wrong_credentials").keys() == refused(unknown, 401, "wrong_credentials").keys()
    )
    assert wrong.json()["detail"] == unknown.json()["detail"]


def test_who_guesses_passwords_has_to_wait(world: World, anyone: Anyone) -> None:
    person = a_student(world)
    guess = {"email": person.email, "password": "a wrong password"}
    answers = [anyone.post("/api/auth/login", guess) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    refused(anyone.post("/api/auth/login", {**guess, "password": PASSWORD}), 429, "too_many")
    world.pass_time(minutes=1)
    log_in(person)


def test_who_changes_the_address_logs_in_with_the_new_one(world: World, anyone: Anyone) -> None:
    person, other = a_student(world), a_student(world)
    refused(person.patch("/api/me", {"email": other.email.upper()}), 409, "email_taken")
    old, new = person.email, f"new-{person.email}"
    done(person.patch("/api/me", {"email": new}))
    person.email = new
    refused(anyone.post("/api/auth/login", {"email": old, "password": PASSWORD}), 401, "wrong_credentials")
    assert log_in(person)["token_type"] == "Bearer"
