"""A signal to stop stops whatever runs, wherever it finds it, and waits where it would do harm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]

BEGINNING = """
import os, signal
from deploy.interruption import Stopped, heed, listen, undisturbed

def tell():
    os.kill(os.getpid(), signal.SIGTERM)

class Last:
    def __del__(self):
        tell()
        print("is not printed")

listen()
"""


def said(program: str) -> str:
    """What the program printed; what Python says besides is not in it."""
    command = [sys.executable, "-c", BEGINNING + dedent(program)]
    finished = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )  # fmt: skip
    return finished.stdout


def test_what_runs_is_left() -> None:
    program = """
        try:
            tell()
            print("goes on")
        except Stopped:
            print("is left")
    """
    assert said(program) == "is left\n"


def test_what_must_not_be_left_is_done_first_and_who_asks_twice_is_served_once() -> None:
    program = """
        try:
            with undisturbed():
                tell()
                print("is done")
            print("goes on")
        except Stopped:
            tell()
            print("is left")
    """
    assert said(program) == "is done\nis left\n"


def test_a_signal_that_finds_a_finalizer_is_heeded_later() -> None:
    program = """
        try:
            Last()
            print("goes on")
            heed()
            print("goes on for ever")
        except Stopped:
            print("is left")
    """
    assert said(program) == "goes on\nis left\n"


def test_whoever_waits_for_a_process_heeds_it() -> None:
    program = """
        import sys
        from pathlib import Path
        from tempfile import mkdtemp
        from deploy.processes import Process

        folder = Path(mkdtemp())
        process = Process("sleeper", ["sleep", "60"], dict(os.environ), folder, folder)
        process.start()
        try:
            process.wait_until(lambda: Last() is None, 20)
            print("goes on")
        except Stopped:
            print("is left")
        process.kill()
    """
    assert said(program) == "is left\n"
