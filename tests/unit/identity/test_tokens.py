"""Verifying tokens: no change passes, every allowed algorithm does, what is remembered is forgotten in time."""

from __future__ import annotations

import asyncio
import json
import string
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from chassis.identity import tokens as verifying
from chassis.identity.authenticator import Authenticator, combined
from chassis.identity.refusals import Cause, Refused
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.forging import CANARY, CONTRACTOR, ORGANISATION, claims, in_wrong_hands, of_wrong_claims
from support.tokens import TokenMaker

Make = Callable[..., Authenticator]
CHARACTERS = string.ascii_letters + string.digits + "-_.=,+/ "


async def refusal(authenticator: Authenticator, token: str) -> Cause:
    with pytest.raises(Refused) as caught:
        await authenticator.authenticate({"authorization": f"Bearer {token}"}, {})
    assert CANARY not in str(caught.value)
    return caught.value.cause


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.data())
def test_any_changed_character_is_noticed(recognising: Make, tokens: TokenMaker, data: st.DataObject) -> None:
    """A token with one other character, wherever it is, is another token and nobody's."""
    good = tokens.signed(claims())
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.sampled_from(CHARACTERS).filter(lambda character: character != good[place]))
    asyncio.run(refusal(recognising(), f"{good[:place]}{other}{good[place + 1 :]}"))


async def test_the_last_character(recognising: Make, tokens: TokenMaker) -> None:
    """Its spare bits make no second form of a token, also when the token is known already."""
    authenticator, good = recognising(), tokens.signed(claims())
    await authenticator.authenticate({"authorization": f"Bearer {good}"}, {})
    for character in CHARACTERS:
        if character != good[-1]:
            await refusal(authenticator, good[:-1] + character)


async def test_bad_tokens_stay_bad(recognising: Make, tokens: TokenMaker) -> None:
    """A second time no better than the first."""
    authenticator = recognising()
    for name, (token, cause) in (in_wrong_hands(tokens) | of_wrong_claims(tokens)).items():
        assert [await refusal(authenticator, token), await refusal(authenticator, token)] == [cause, cause], name


def jwk(kid: str, key: Any, **more: Any) -> dict[str, Any]:
    kinds: dict[type, Any] = {
        ed25519.Ed25519PrivateKey: jwt.algorithms.OKPAlgorithm,
        ec.EllipticCurvePrivateKey: jwt.algorithms.ECAlgorithm,
        rsa.RSAPrivateKey: jwt.algorithms.RSAAlgorithm,
    }
    algorithm = next(found for kind, found in kinds.items() if isinstance(key, kind))
    return {"kid": kid, "use": "sig", **algorithm.to_jwk(key.public_key(), as_dict=True), **more}


async def test_allowed_algorithms(recognising: Make, tokens: TokenMaker, tmp_path: Path) -> None:
    """Each with a key of its kind; not with another's, not where the key says otherwise, not when the settings leave it out."""
    keys: dict[str, Any] = {
        "EdDSA": ed25519.Ed25519PrivateKey.generate(), "ES256": ec.generate_private_key(ec.SECP256R1()),
        "ES384": ec.generate_private_key(ec.SECP384R1()), "RS256": rsa.generate_private_key(65537, 2048),
    }  # fmt: skip
    file = tmp_path / "jwks.json"
    file.write_text(
        json.dumps({"keys": [jwk(name, key) for name, key in keys.items()] + [jwk("only", keys["RS256"], alg="RS256")]})
    )
    authenticator = recognising(token_keys=file)
    for name, kid in [*((name, name) for name in keys), ("PS256", "RS256"), ("RS256", "only")]:
        token = tokens.signed(claims(), key=keys[kid if kid != "only" else "RS256"], algorithm=name, kid=kid)
        assert (await authenticator.authenticate({"authorization": f"Bearer {token}"}, {})).subject == CANARY
    crossed = tokens.signed(claims(), key=keys["RS256"], algorithm="PS256", kid="only")
    assert await refusal(authenticator, crossed) is Cause.KEY_DOES_NOT_FIT
    es256 = tokens.signed(claims(), key=keys["ES256"], algorithm="ES256", kid="ES256")
    assert await refusal(recognising(token_keys=file, token_algorithms=("EdDSA",)), es256) is Cause.ALGORITHM_NOT_ALLOWED


async def test_a_key_that_is_gone(recognising: Make, tokens: TokenMaker, tmp_path: Path) -> None:
    """When the file no longer has the key, a token that was already verified counts no longer; a broken file changes nothing."""
    file, good = tmp_path / "jwks.json", tokens.signed(claims())
    file.write_text(tokens.jwks.read_text())
    authenticator = recognising(token_keys=file)
    await authenticator.authenticate({"authorization": f"Bearer {good}"}, {})
    file.write_text("{")
    await refusal(authenticator, tokens.signed(claims(), kid="other"))  # an unknown id makes it look at once
    await authenticator.authenticate({"authorization": f"Bearer {good}"}, {})
    file.write_text(json.dumps({"keys": [jwk("new", ed25519.Ed25519PrivateKey.generate())]}))
    await refusal(authenticator, tokens.signed(claims(), kid="other"))
    assert await refusal(authenticator, good) is Cause.UNKNOWN_KEY


async def test_a_remembered_token_expires(recognising: Make, tokens: TokenMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once past its time it is verified again, and found expired."""
    authenticator, good = recognising(token_skew_s=0), tokens.signed(claims())
    await authenticator.authenticate({"authorization": f"Bearer {good}"}, {})
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    monkeypatch.setattr(jwt.api_jwt, "datetime", _Later)
    assert await refusal(authenticator, good) is Cause.EXPIRED


class _Later(jwt.api_jwt.datetime):  # type: ignore[name-defined,misc]
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls.fromtimestamp(time.time(), tz)


async def test_what_is_remembered_is_bounded(recognising: Make, tokens: TokenMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tokens come, so many are kept, and refused ones are not."""
    monkeypatch.setattr(verifying, "_CACHED", 5)
    authenticator = recognising()
    for number in range(9):
        token = tokens.signed(claims(jti=str(number)))
        await authenticator.authenticate({"authorization": f"Bearer {token}"}, {})
        await refusal(authenticator, f"{token[:-12]}{'A' * 12}")
    assert len(authenticator._tokens._verified) == 5


async def test_only_access_tokens(recognising: Make, tokens: TokenMaker) -> None:
    """Where the settings ask for RFC 9068, an id token of the same issuer is none."""
    strict = recognising(token_require_at_jwt=True)
    for kind, fits in (("at+jwt", True), ("application/at+jwt", True), ("AT+JWT", True), ("JWT", False), (None, False)):
        token = tokens.signed(claims(), typ=kind)
        if fits:
            await strict.authenticate({"authorization": f"Bearer {token}"}, {})
        else:
            assert await refusal(strict, token) is Cause.WRONG_TYPE


async def test_names_of_claims(recognising: Make, tokens: TokenMaker) -> None:
    """Literal names win over paths; paths may have dots inside their steps; unknown roles are passed over."""
    cases: list[tuple[str, dict[str, Any], set[str]]] = [
        ("realm_access.roles", {"realm_access": {"roles": ["auditor", "default-roles"]}}, {"auditor"}),
        ("https://example.org/roles", {"https://example.org/roles": ["operator"]}, {"operator"}),
        ("a.b", {"a.b": ["operator"], "a": {"b": ["auditor"]}}, {"operator"}),
        ("resource_access.kamai.example.roles", {"resource_access": {"kamai.example": {"roles": ["bank"]}}}, {"bank"}),
        ("scope", {"scope": "openid auditor operator"}, {"auditor", "operator"}),
        ("nothing.there", {}, set()),
    ]
    for name, more, expected in cases:
        token = tokens.signed(claims(**more))
        caller = await recognising(token_roles_claim=name).authenticate({"authorization": f"Bearer {token}"}, {})
        assert caller.roles == expected, name
    token = tokens.signed(claims(org=None, person=[CONTRACTOR], org_id=None))
    named = recognising(token_contractor_claim="person", token_organisation_claim="org_id")
    assert (await named.authenticate({"authorization": f"Bearer {token}"}, {})).contractor_id == CONTRACTOR


async def test_what_a_token_approves(recognising: Make, tokens: TokenMaker) -> None:
    """acr, auth_time and our kind of authorization_details reach the caller; others' kinds do not."""
    now = int(time.time())
    details = [
        {"type": "kamai_approval", "actions": ["a.B/C", "a.B/D"], "identifier": "ab12"},
        {"type": "payment_initiation", "identifier": 7},
    ]
    token = tokens.signed(claims(acr="phr", auth_time=now, authorization_details=details))
    caller = await recognising().authenticate({"authorization": f"bearer {token}"}, {})
    assert (caller.acr, caller.authenticated_at) == ("phr", float(now))
    assert caller.approves == {("a.B/C", "ab12"), ("a.B/D", "ab12")}
    assert caller.organisation_id == ORGANISATION


def test_metadata_sent_twice() -> None:
    """Two values of one name are one value that is neither."""
    pairs = [("authorization", "Bearer a"), ("x", "1"), ("authorization", "Bearer b"), ("y-bin", b"1")]
    assert combined(pairs) == {"authorization": "Bearer a,Bearer b", "x": "1"}
    assert combined(None) == {}
