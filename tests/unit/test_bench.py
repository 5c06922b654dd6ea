"""The bench is run by people and by nothing else: that it still fits what it measures is seen here."""

from __future__ import annotations

import importlib


def test_the_bench_finds_everything_that_it_needs() -> None:
    assert importlib.import_module("bench.__main__").main
