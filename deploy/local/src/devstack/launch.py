"""Runs a program that dies with its parent: ``python -I -S launch.py PARENT SIGNAL USER -- PROGRAM ARGS``.

Standard library only, because it runs before the program in a bare interpreter. A separate step and not a
``preexec_fn``: code between fork and exec can deadlock in a process that has threads.

PostgreSQL refuses to run as root. Then USER names the account to become. The account keeps one capability, to
pass file permissions (CAP_DAC_OVERRIDE), so that the binaries and the data may lie below a home directory
that only root may enter, without anything being changed there.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2  # without it access(2) ignores the capability of an account that is not root
CAP_DAC_OVERRIDE = 1
LINUX_CAPABILITY_VERSION_3 = 0x20080522


def _checked(libc: ctypes.CDLL, function: str, *arguments: object) -> None:
    if getattr(libc, function)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{function}: {os.strerror(code)}")


def become(libc: ctypes.CDLL, user: str) -> None:
    """Give up root for `user`, keeping CAP_DAC_OVERRIDE over the exec that follows (Linux)."""
    import pwd

    account = pwd.getpwnam(user)
    if sys.platform == "linux":
        _checked(libc, "prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    if sys.platform == "linux":
        mask = 1 << CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
        low_and_high_words = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
        _checked(libc, "capset", header, low_and_high_words)
        _checked(libc, "prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def main(argv: list[str]) -> int:
    parent, death_signal, user, dashes, *command = argv
    if dashes != "--" or not command:
        raise SystemExit("usage: launch.py PARENT SIGNAL USER -- PROGRAM ARGS")
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        if user:
            become(libc, user)
        if sys.platform == "linux":  # after setuid, which clears it
            _checked(libc, "prctl", PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != int(parent):  # it died before the line above
                os.kill(os.getpid(), signal.SIGKILL)
        os.execvp(command[0], command)  # noqa: S606 - that is what it is for
    except OSError as error:
        print(f"cannot start {command[0]}: {error}", file=sys.stderr)
    return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
