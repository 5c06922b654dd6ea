"""What Schemathesis is told to pass over: of a long list of words to send (the 597 zones) a few are tried.

Of an address it is told the format and not the pattern. It tries addresses of the greatest length as
well, and to find one that fits the pattern would take most of its time.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import schemathesis

FEW = 5


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Leave the first words of every list that may be sent. What may be answered stays as it is."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            for sent in {"requestBody", "parameters"} & operation.keys():
                operation[sent] = shortened(operation[sent], raw_schema)


def shortened(described: Any, document: dict[str, Any]) -> Any:
    """A copy with all references resolved, every `enum` cut and no `pattern` beside a `format`."""
    if isinstance(described, list):
        return [shortened(part, document) for part in described]
    if not isinstance(described, dict):
        return described
    if "$ref" in described:
        place = described["$ref"].removeprefix("#/").split("/")
        return shortened(reduce(lambda within, word: within[word], place, document), document)
    return {
        word: part[:FEW] if word == "enum" and isinstance(part, list) else shortened(part, document)
        for word, part in described.items()
        if not (word == "pattern" and "format" in described)
    }
