"""The first admin of an installation is made by whoever may run a process of catalog."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from contracts.catalog import AccountChanged, LogIn, Role
from tests.service.people import PASSWORD, an_address
from tests.subject import Subject

ROOT = Path(__file__).resolve().parents[2]


def create_admin(catalog: Subject, email: str, password: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.catalog.create_admin", "--email", email],
        env=dict(catalog.stack.process("catalog").environment),
        input=f"{password}\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_admin_is_made_who_can_log_in_and_is_told(catalog: Subject) -> None:
    email = an_address()
    made = create_admin(catalog, email, PASSWORD)
    assert (made.returncode, made.stderr) == (0, "")
    grant = catalog.ask(LogIn(email, PASSWORD))
    assert grant.role is Role.ADMIN
    assert [each.role for each in catalog.told(AccountChanged, account_id=grant.account_id)] == [Role.ADMIN]


def test_what_registration_refuses_is_refused(catalog: Subject) -> None:
    email = an_address()
    create_admin(catalog, email, PASSWORD)
    again, short = create_admin(catalog, email, PASSWORD), create_admin(catalog, an_address(), "short")
    assert (again.returncode, short.returncode) == (1, 1)
    assert "already an account" in again.stderr
    assert "password" in short.stderr
