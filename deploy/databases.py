"""Five databases that know nothing of one another: one owner and one application role for each.

The owner runs migrations. The application role has SELECT, INSERT, UPDATE and DELETE on what the
owner makes, and nothing else. No role may connect to another service's database. Creating them
again changes nothing but the passwords, which are set to those given.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from deploy.credentials import Credentials
from deploy.names import SERVICES


def owner_of(service: str) -> str:
    return f"{service}_owner"


def app_of(service: str) -> str:
    return f"{service}_app"


def create_databases(admin_url: str, credentials: Credentials) -> None:
    """Bring a PostgreSQL server to the roles and databases described above; idempotent."""
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as admin:
        for service in SERVICES:
            _role(admin, owner_of(service), credentials.database_owners[service])
            _role(admin, app_of(service), credentials.database_apps[service])
            _database(admin, service)
    for service in SERVICES:
        with psycopg.connect(with_database(admin_url, service), connect_timeout=5) as inside:
            _rights(inside, service)


def shut_out(admin_url: str) -> None:
    """On a server that is ours alone: leave the system's own databases to the administrator."""
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as admin:
        admin.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")


def owner_url(admin_url: str, service: str, credentials: Credentials) -> str:
    """Where migrations connect."""
    return with_login(admin_url, owner_of(service), credentials.database_owners[service], service)


def app_url(admin_url: str, service: str, credentials: Credentials) -> str:
    """Where the running service connects."""
    return with_login(admin_url, app_of(service), credentials.database_apps[service], service)


def with_login(url: str, user: str, password: str, path: str) -> str:
    """The same server, another login and another database (or virtual host)."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{place}", path=f"/{path}"))


def with_database(url: str, database: str) -> str:
    """The same server and login, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _role(admin: psycopg.Connection, name: str, password: str) -> None:
    known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb = "ALTER" if known else "CREATE"
    statement = sql.SQL(verb + " ROLE {} LOGIN PASSWORD {}")
    admin.execute(statement.format(sql.Identifier(name), sql.Literal(password)))


def _database(admin: psycopg.Connection, service: str) -> None:
    owner = owner_of(service)
    if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [service]).fetchone():
        # A managed server's administrator is no superuser and must belong to a role to give to it.
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner)))
        _do(admin, "CREATE DATABASE {} OWNER {}", service, owner)
    _do(admin, "REVOKE ALL ON DATABASE {} FROM PUBLIC", service)
    _do(admin, "GRANT CONNECT ON DATABASE {} TO {}", service, app_of(service))


def _rights(inside: psycopg.Connection, service: str) -> None:
    owner, app = owner_of(service), app_of(service)
    _do(inside, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    _do(inside, "GRANT ALL ON SCHEMA public TO {}", owner)
    _do(inside, "GRANT USAGE ON SCHEMA public TO {}", app)
    tables, sequences = "SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"
    for right in (tables, sequences):
        # For what is there already as well as for what the owner will make.
        _do(inside, "ALTER DEFAULT PRIVILEGES FOR ROLE {} GRANT " + right + " TO {}", owner, app)
        _do(inside, "GRANT " + right.replace(" ON ", " ON ALL ") + " IN SCHEMA public TO {}", app)


def _do(connection: psycopg.Connection, statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
