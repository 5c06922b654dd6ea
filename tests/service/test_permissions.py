"""Who may do what on the broker and in the databases, by really trying.

Each user tries every kind of act on every kind of thing; what it may do is written down here a
second time, by hand, from the table of messages: the regular expressions must agree with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import kombu
import psycopg
import pytest
from amqp import Channel, Message
from amqp.exceptions import AccessRefused

from deploy.names import BROKER_USERS, PROCESSES, SERVICES
from tests.stack import Stack

HEARD = {  # whose events reach whom
    "catalog": {"scheduling", "booking", "notifications", "reviews"},
    "scheduling": {"booking", "notifications"},
    "booking": {"catalog", "scheduling", "notifications", "reviews", "outside"},
    "notifications": {"gateway"},
    "reviews": {"catalog", "notifications"},
}
SHARED_EXCHANGES = ("requests", "replies", *(f"{service}.events" for service in SERVICES))

Attempt = Callable[[Channel], object]


@pytest.fixture(scope="module")
def connections(stack: Stack) -> Iterator[dict[str, kombu.Connection]]:
    opened = {user: kombu.Connection(stack.servers.broker_url(user)) for user in BROKER_USERS}
    yield opened
    for connection in opened.values():
        connection.close()


@pytest.fixture(scope="module", autouse=True)
def queues(stack: Stack) -> None:
    """One queue of each user's own, with its name as the administrator would see it."""
    with kombu.Connection(stack.servers.rabbitmq.admin_url) as admin:
        for user in BROKER_USERS:
            admin.default_channel.queue_declare(f"{user}.tried", durable=True, auto_delete=False)
            admin.default_channel.exchange_declare(f"{user}.tried", "direct", durable=True, auto_delete=False)


def allowed(connection: kombu.Connection, attempt: Attempt) -> bool:
    """Whether the broker lets the user do it."""
    channel = connection.channel()
    try:
        attempt(channel)
    except AccessRefused:
        return False
    else:
        channel.close()
        return True


def publish(exchange: str, key: str = "a.key") -> Attempt:
    def attempt(channel: Channel) -> None:
        channel.basic_publish_confirm(Message("x"), exchange=exchange, routing_key=key)

    return attempt


def bind(queue: str, exchange: str, key: str) -> Attempt:
    return lambda channel: channel.queue_bind(queue, exchange, key)


@pytest.mark.parametrize("owner", BROKER_USERS)
@pytest.mark.parametrize("user", BROKER_USERS)
class TestOwnNames:
    def test_only_the_owner_declares_a_queue(self, connections: dict, user: str, owner: str) -> None:
        declared = allowed(connections[user], lambda c: c.queue_declare(f"{owner}.own.v1", auto_delete=False))
        assert declared == (user == owner)

    def test_only_the_owner_declares_an_exchange(self, connections: dict, user: str, owner: str) -> None:
        assert allowed(
            connections[user], lambda c: c.exchange_declare(f"{owner}.own", "headers", auto_delete=False)
        ) == (user == owner)

    def test_only_the_owner_reads_a_queue(self, connections: dict, user: str, owner: str) -> None:
        assert allowed(connections[user], lambda c: c.basic_get(f"{owner}.tried")) == (user == owner)

    def test_only_the_owner_purges_or_deletes_a_queue(self, connections: dict, user: str, owner: str) -> None:
        assert allowed(connections[user], lambda c: c.queue_purge(f"{owner}.tried")) == (user == owner)
        assert allowed(connections[user], lambda c: c.queue_delete(f"{owner}.gone")) == (user == owner)

    def test_only_the_owner_writes_to_an_exchange(self, connections: dict, user: str, owner: str) -> None:
        assert allowed(connections[user], publish(f"{owner}.tried")) == (user == owner)

    def test_only_the_owner_binds_a_queue(self, connections: dict, user: str, owner: str) -> None:
        assert allowed(connections[user], bind(f"{owner}.tried", f"{user}.tried", "k")) == (user == owner)


@pytest.mark.parametrize("exchange", SHARED_EXCHANGES)
@pytest.mark.parametrize("user", BROKER_USERS)
class TestSharedExchanges:
    def test_nobody_deletes_one(self, connections: dict, user: str, exchange: str) -> None:
        assert not allowed(connections[user], lambda c: c.exchange_delete(exchange))

    def test_nobody_declares_one(self, connections: dict, user: str, exchange: str) -> None:
        kind = "direct" if exchange == "replies" else "topic"
        assert not allowed(
            connections[user], lambda c: c.exchange_declare(exchange, kind, durable=True, auto_delete=False)
        )

    def test_only_its_writers_publish(self, connections: dict, user: str, exchange: str) -> None:
        assert allowed(connections[user], publish(exchange)) == (user in writers_of(exchange))

    def test_only_its_readers_bind(self, connections: dict, user: str, exchange: str) -> None:
        bound = allowed(connections[user], bind(f"{user}.tried", exchange, f"{user}.a_request"))
        assert bound == (user in readers_of(exchange))


@pytest.mark.parametrize(
    ("key", "heard"), [("account_erased", True), ("account_changed", False), ("#", False)]
)
def test_the_gateway_hears_of_accounts_only_that_they_are_erased(
    connections: dict, key: str, heard: bool
) -> None:
    assert allowed(connections["gateway"], bind("gateway.tried", "catalog.events", key)) == heard


def writers_of(exchange: str) -> set[str]:
    if exchange == "requests":
        return {"gateway"}
    return set(SERVICES) if exchange == "replies" else {exchange.removesuffix(".events")}


def readers_of(exchange: str) -> set[str]:
    if exchange == "requests":
        return set(SERVICES)
    return {"gateway"} if exchange == "replies" else HEARD[exchange.removesuffix(".events")]


@pytest.mark.parametrize("owner", SERVICES)
@pytest.mark.parametrize("user", SERVICES)
def test_a_service_hears_no_request_but_its_own(connections: dict, user: str, owner: str) -> None:
    assert allowed(connections[user], bind(f"{user}.tried", "requests", f"{owner}.ask")) == (user == owner)


@pytest.mark.parametrize("key", ["#", "*.*", "*", "booking.#", "booking.*", "bookings.ask", "x.booking.ask"])
def test_a_service_cannot_listen_by_a_pattern(connections: dict, key: str) -> None:
    assert not allowed(connections["booking"], bind("booking.tried", "requests", key))


@pytest.mark.parametrize("user", BROKER_USERS)
def test_nobody_writes_to_a_queue_past_the_exchanges(connections: dict, user: str) -> None:
    assert not allowed(connections[user], publish("", "booking.tried"))


@pytest.mark.parametrize("user", BROKER_USERS)
@pytest.mark.parametrize("name", ["stray", "amq.topic", "xbooking.q", "bookings.q"])
def test_nobody_declares_a_name_that_is_nobodys(connections: dict, user: str, name: str) -> None:
    assert not allowed(connections[user], lambda c: c.queue_declare(name, auto_delete=False))


def test_a_service_sends_its_dead_letters_to_its_own_exchanges_only(connections: dict) -> None:
    def dead_lettering_to(exchange: str) -> Attempt:
        arguments = {"x-dead-letter-exchange": exchange}
        name = f"booking.dead.to.{exchange}"
        return lambda c: c.queue_declare(name, auto_delete=False, arguments=arguments)

    assert allowed(connections["booking"], dead_lettering_to("booking.dead"))
    assert not allowed(connections["booking"], dead_lettering_to("reviews.dead"))
    assert not allowed(connections["booking"], dead_lettering_to("requests"))


def test_no_stranger_gets_in(stack: Stack) -> None:
    place = stack.servers.broker_url("booking").rpartition("@")[2]
    another_s_password = stack.servers.broker_url("booking").replace("booking:", "catalog:")
    for url in (f"amqp://guest:guest@{place}", f"amqp://admin:admin@{place}", another_s_password):
        with pytest.raises(AccessRefused), kombu.Connection(url) as connection:
            connection.connect()


@pytest.mark.parametrize("database", [*SERVICES, "postgres"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_connects_to_its_own_database_only(stack: Stack, service: str, database: str) -> None:
    for url in (stack.servers.database_url(service), stack.servers.migration_url(service)):
        other = url.rpartition("/")[0] + f"/{database}"
        if database == service:
            psycopg.connect(other).close()
        else:
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(other)


@pytest.mark.parametrize("service", SERVICES)
def test_the_application_reads_and_writes_rows_and_nothing_else(stack: Stack, service: str) -> None:
    with psycopg.connect(stack.servers.migration_url(service), autocommit=True) as owner:
        owner.execute("CREATE TABLE tried (id bigserial PRIMARY KEY, word text)")
        try:
            with psycopg.connect(stack.servers.database_url(service), autocommit=True) as app:
                app.execute("INSERT INTO tried (word) VALUES ('a')")
                app.execute("UPDATE tried SET word = 'b'")
                assert app.execute("DELETE FROM tried RETURNING word").fetchall() == [("b",)]
                for refused in REFUSED:
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        app.execute(refused)
        finally:
            owner.execute("DROP TABLE tried")


REFUSED = [
    "CREATE TABLE more (id int)",
    "CREATE SCHEMA more",
    "CREATE TEMPORARY TABLE more (id int)",
    "ALTER TABLE tried ADD COLUMN more int",
    "DROP TABLE tried",
    "TRUNCATE tried",
    "CREATE EXTENSION citext",
    "CREATE ROLE more",
    "SELECT pg_read_file('PG_VERSION')",
    "COPY tried TO PROGRAM 'cat'",
]


def test_every_process_has_a_user_of_its_own() -> None:
    assert set(PROCESSES) < set(BROKER_USERS)
