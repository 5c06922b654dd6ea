"""What everybody can read in the README opens no door where it is meant."""

from __future__ import annotations

import pytest

from contracts.catalog import LogIn, Register
from contracts.errors import Invalid, WrongCredentials
from deploy.demo.cast import PASSWORD
from tests.service.people import an_address
from tests.stack import ONLY_IN_THE_DEMO
from tests.subject import Subject


@pytest.fixture(scope="module")
def address(catalog: Subject) -> str:
    """Of an account that was made in the demo, in a catalog that has left it."""
    email = an_address()
    catalog.ask(Register(email, PASSWORD, "Jane Smith"))
    catalog.ask(LogIn(email, PASSWORD))
    catalog.stack.process("catalog").stop()
    catalog.stack.start("catalog", CLOCK_OFFSET_FILE="", **dict.fromkeys(ONLY_IN_THE_DEMO, ""))
    return email


def test_the_password_of_the_demo_logs_nobody_in(catalog: Subject, address: str) -> None:
    with pytest.raises(WrongCredentials):
        catalog.ask(LogIn(address, PASSWORD))


def test_nobody_can_choose_the_password_of_the_demo(catalog: Subject, address: str) -> None:
    with pytest.raises(Invalid):
        catalog.ask(Register(an_address(), PASSWORD, "Jane Smith"))


def test_any_other_password_works(catalog: Subject, address: str) -> None:
    email = an_address()
    catalog.ask(Register(email, "correct horse battery", "Jane Smith"))
    assert catalog.ask(LogIn(email, "correct horse battery")).role == "student"
