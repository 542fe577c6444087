"""Where the stack of a checkout keeps its things."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT_VARIABLE = "KAMAI_LOCAL"


@dataclass(frozen=True)
class Layout:
    """Paths below the state directory `root` (``.local``)."""

    root: Path

    @classmethod
    def default(cls) -> "Layout":
        """KAMAI_LOCAL, else ``.local`` in the checkout around the working directory, else in that directory."""
        given = os.environ.get(ROOT_VARIABLE)
        if given:
            return cls(Path(given).absolute())
        here = Path.cwd()
        checkout = next((each for each in (here, *here.parents) if (each / "deploy" / "local").is_dir()), here)
        return cls(checkout / ".local")

    def data(self, part: str) -> Path:
        return self.root / "data" / part

    def log(self, part: str) -> Path:
        return self.root / "logs" / f"{part}.log"

    def ready_file(self, service: str) -> Path:
        return self.root / "run" / f"{service}.json"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def state(self) -> Path:
        return self.root / "stack.json"

    @property
    def lock(self) -> Path:
        return self.root / "stack.lock"
