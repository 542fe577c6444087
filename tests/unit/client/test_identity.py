"""Tokens from the command line, and the TLS files of a client."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest
from devstack.certificates import Authority
from kamai_client.target import Target, TargetError
from unit.client.answering import Run

CONTRACTOR, ORGANISATION = (f"{kind}_0{'1' * 25}" for kind in ("contractor", "org"))


def claims(token: str) -> dict[str, object]:
    found: dict[str, object] = jwt.decode(token.strip(), options={"verify_signature": False})
    return found


def test_tokens_from_the_command_line(run: Run) -> None:
    """By default the roles that fit what it is bound to; with `--approve` a second factor shown just now."""
    platform = claims(run("dev token --as yusuf").stdout)
    assert (platform["iss"], platform["sub"]) == ("urn:kamai:development", "yusuf")
    assert platform["roles"] == ["compliance_analyst", "compliance_approver", "operator", "platform_auditor"]
    assert claims(run("dev token --for bank:indus").stdout)["roles"] == ["bank"]
    contractor = claims(run(f"dev token --for {CONTRACTOR} --expires-in 60").stdout)
    assert (contractor["contractor"], contractor["roles"]) == (CONTRACTOR, ["contractor"])
    assert int(str(contractor["exp"])) - int(str(contractor["iat"])) == 60
    approving = claims(run(f"dev token --for {ORGANISATION} --role finance_approver --approve a.B/C=ab12").stdout)
    assert (approving["roles"], approving["acr"], approving["auth_time"]) == (["finance_approver"], "mfa", approving["iat"])
    assert approving["authorization_details"] == [{"type": "kamai_approval", "actions": ["a.B/C"], "identifier": "ab12"}]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--role king", "no such role"),
        ("--for indus", "must be org_..., contractor_... or bank:NAME"),
        ("--for org_zz", "26 digits and small letters"),
        ("--role finance_maker --for bank:indus", "does not count"),
        ("--role finance_maker", "no --for"),
        ("--approve xyz", "no METHOD=ID"),
        ("--expires-in 0", "--expires-in"),
    ],
)
def test_tokens_nobody_could_use(run: Run, line: str, said: str) -> None:
    """Wrong usage, said at once and with its reason."""
    result = run(f"dev token {line}")
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_tls_files_of_a_client(tmp_path: Path) -> None:
    """None is plain HTTP/2; what cannot be used is said."""
    authority = Authority()
    certificate, key = authority.issue(uris=["spiffe://a/b"]).write(tmp_path, "own")
    assert Target.of({}).tls.credentials() is None
    both = {"KAMAI_TLS_CERTIFICATE_FILE": str(certificate), "KAMAI_TLS_KEY_FILE": str(key)}
    assert Target.of(both).tls.credentials() is not None
    for wrong in (
        {"KAMAI_TLS_CERTIFICATE_FILE": str(certificate)},
        {"KAMAI_TLS_CA_FILE": str(tmp_path / "missing")},
    ):
        with pytest.raises(TargetError, match="TLS"):
            Target.of({"KAMAI_TOKEN": "t"} | wrong).client()
