"""Settings that would let the wrong people in, or leave everybody out, are refused at the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chassis.identity.authenticator import Authenticator
from chassis.identity.certificates import Certificate, Machines
from chassis.identity.files import Unusable
from chassis.identity.refusals import Cause, Refused
from chassis.identity.settings import DEVELOPMENT_ISSUER, IdentitySettings
from devstack.keys import Keys
from pydantic import ValidationError
from support.forging import ORGANISATION

ISSUER = "https://login.example"
FILE = Path("some.pem")
TLS = {"token_issuer": ISSUER, "tls_certificate_file": FILE, "tls_key_file": FILE}
MUTUAL = TLS | {"tls_client_ca_file": FILE, "client_certificates": FILE}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "token_issuer"),
        ({"token_issuer": DEVELOPMENT_ISSUER}, "token_issuer"),
        ({"token_issuer": DEVELOPMENT_ISSUER, "token_keys": FILE}, "token_issuer"),
        ({"token_issuer": "http://login.example"}, "token_keys"),
        ({"token_issuer": "http://127.0.0.1:1"}, "token_keys"),
        ({"env": "development"}, "token_keys"),
        ({"token_issuer": ISSUER, "token_jwks_url": "http://login.example/jwks"}, "token_jwks_url"),
        ({"token_issuer": ISSUER, "token_jwks_url": f"{ISSUER}/jwks", "token_keys": FILE}, "token_keys"),
        ({"token_issuer": ISSUER, "token_algorithms": ("HS256",)}, "token_algorithms"),
        ({"token_issuer": ISSUER, "token_algorithms": ("none",)}, "token_algorithms"),
        ({"token_issuer": ISSUER, "token_algorithms": ()}, "token_algorithms"),
        ({"token_issuer": ISSUER, "token_skew_s": 61}, "token_skew_s"),
        ({"token_issuer": ISSUER, "token_audience": ""}, "token_audience"),
        ({"token_issuer": ISSUER, "tls_certificate_file": FILE}, "tls_key_file"),
        ({"token_issuer": ISSUER, "tls_key_file": FILE}, "tls_key_file"),
        ({"token_issuer": ISSUER, "tls_client_ca_file": FILE, "client_certificates": FILE}, "tls_client_ca_file"),
        (TLS | {"tls_client_ca_file": FILE, "tls_client_required": True}, "tls_client_ca_file"),
        (TLS | {"tls_client_required": True}, "tls_client_required"),
        (TLS | {"grpc_mtls_listen": "127.0.0.1:0"}, "tls_client_required"),
        (MUTUAL, "tls_client_required"),
        ({"token_issuer": ISSUER, "grpc_listen": "0.0.0.0:50051"}, "tls_terminated_elsewhere"),
        ({"token_issuer": ISSUER, "grpc_listen": "[::]:50051"}, "tls_terminated_elsewhere"),
    ],
)
def test_settings_that_are_refused(given: dict[str, Any], field: str) -> None:
    """Each names the setting that has to change."""
    with pytest.raises(ValidationError) as caught:
        IdentitySettings(**given)
    assert field in {fault["loc"][0] for fault in caught.value.errors()}


@pytest.mark.parametrize(
    "given",
    [
        {"token_issuer": ISSUER}, {"token_issuer": "urn:ours", "token_keys": FILE},
        {"token_issuer": "urn:ours", "token_jwks_url": ISSUER},
        {"env": "development", "token_keys": FILE}, {"env": "development", "token_issuer": "http://localhost:8080"},
        {"env": "development", "token_keys": FILE, "grpc_listen": "0.0.0.0:1"}, TLS | {"grpc_listen": "0.0.0.0:50051"},
        {"token_issuer": ISSUER, "grpc_listen": "0.0.0.0:50051", "tls_terminated_elsewhere": True},
        {"token_issuer": ISSUER, "grpc_listen": "[::1]:50051"}, MUTUAL | {"tls_client_required": True},
        MUTUAL | {"grpc_mtls_listen": "0.0.0.0:50052"},
    ],
)  # fmt: skip
def test_settings_that_are_taken(given: dict[str, Any]) -> None:
    """What each of these names is enough."""
    IdentitySettings(**given)


def test_development_keys_are_no_production_keys(tmp_path: Path) -> None:
    """The key set of a development stack, given to a service in production, says so and stops it."""
    keys = Keys(tmp_path)
    keys.make_missing()
    Authenticator(IdentitySettings(env="development", token_keys=keys.token_jwks))
    with pytest.raises(Unusable, match="KAMAI_TOKEN_KEYS: holds a key of a development stack"):
        Authenticator(IdentitySettings(token_issuer=ISSUER, token_keys=keys.token_jwks))
    with pytest.raises(Unusable, match="KAMAI_TOKEN_KEYS: cannot be read"):
        Authenticator(IdentitySettings(token_issuer=ISSUER, token_keys=tmp_path / "missing"))


@pytest.mark.parametrize(
    "text",
    [
        "rubbish", "[[certificate]]", '[[certificate]]\nname = "a"\nsubject = "s"\nrole = []',
        '[[certificate]]\nname = "a"\nsubject = "s"\nroles = ["king"]',
        '[[certificate]]\nname = "a"\nsubject = "system:clock"',
        '[[certificate]]\nname = "a"\nsubject = "s"\nsha256 = "AB:CD"',
        '[[certificate]]\nname = "a"\nsubject = "s"\norganisation = "lakeshore"', '[[certificate]]\nname = ""\nsubject = "s"',
        f'[[certificate]]\nname = "a"\nsubject = "s"\nbank = "indus"\norganisation = "{ORGANISATION}"',
    ],
)  # fmt: skip
def test_maps_of_certificates_that_are_refused(text: str, tmp_path: Path) -> None:
    """A map with a mistake is not used at all."""
    file = tmp_path / "map.toml"
    file.write_text(text)
    with pytest.raises(Unusable, match="client certificates"):
        Machines(file)


def test_a_map_in_json(tmp_path: Path) -> None:
    """The same in JSON; a certificate whose time is over is nobody's, although its connection may still be open."""
    file = tmp_path / "map.json"
    file.write_text('{"certificate": [{"name": "gw.example", "subject": "gateway", "roles": ["operator"]}]}')
    machines = Machines(file)
    assert machines.known(Certificate(frozenset({"gw.example"}), b"", 0, 1e12)).caller.subject == "gateway"
    for begins_at, ends_at in ((0, 1), (1e12, 2e12)):
        with pytest.raises(Refused) as caught:
            machines.known(Certificate(frozenset({"gw.example"}), b"", begins_at, ends_at))
        assert caught.value.cause is Cause.CERTIFICATE_EXPIRED
