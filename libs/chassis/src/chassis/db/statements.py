"""SQL lives in .sql files beside the code that runs it: `-- name: insert_contract` heads each statement."""

from __future__ import annotations

import re
from importlib import resources

_HEAD = re.compile(r"^-- name: ([a-z][a-z0-9_]*)[^\n]*\n", re.MULTILINE)


class Statements:
    """The statements of one package, as attributes: `sql.insert_contract`. Names are unique in the package."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._texts: dict[str, str] = {}
        for file in sorted(resources.files(package).iterdir(), key=lambda f: f.name):
            if file.name.endswith(".sql"):
                self._read(file.name, file.read_text())

    def _read(self, file: str, text: str) -> None:
        heads = list(_HEAD.finditer(text))
        for head, following in zip(heads, [*heads[1:], None], strict=True):
            name = head.group(1)
            if name in self._texts:
                raise ValueError(f"{self._package}/{file}: statement {name} exists twice")
            self._texts[name] = text[head.end() : following.start() if following else None].strip().rstrip(";")

    def __getattr__(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            raise AttributeError(f"{self._package} has no statement {name}") from None

    def items(self) -> list[tuple[str, str]]:
        return sorted(self._texts.items())
