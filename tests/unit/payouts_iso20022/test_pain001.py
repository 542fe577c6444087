"""Payment files are valid, deterministic and complete, or do not leave."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from payouts.adapters.iso20022 import render_payment_file
from payouts.adapters.iso20022.latin import to_latin
from payouts.adapters.iso20022.pain001_schema import schema_problems
from payouts.domain.bank_messages import (
    AccountId,
    AgentId,
    ChargeBearer,
    CreditTransferBatch,
    InvalidPaymentFile,
)
from unit.payouts_iso20022.oracle import assert_valid
from unit.payouts_iso20022.samples import INDIA, NIGERIA, PAKISTAN, TRANSFER, batch_of, in_currency

GOLDEN = Path(__file__).parent / "golden"
BATCHES = {
    "euro_sepa": replace(batch_of([TRANSFER]), service_level="SEPA", charge_bearer=ChargeBearer.SERVICE_LEVEL),
    "dollar_mixed": batch_of(in_currency([TRANSFER, PAKISTAN, NIGERIA, INDIA], "USD"), "USD"),
    "yen": batch_of(in_currency([TRANSFER], "JPY"), "JPY"),
    "dinar": batch_of(in_currency([TRANSFER, PAKISTAN], "KWD"), "KWD"),
}


@pytest.mark.parametrize("name", BATCHES)
def test_golden_files(name: str) -> None:
    """The bytes written today are the bytes written ever: a re-sent file must be identical."""
    written, content = render_payment_file(BATCHES[name])
    assert content == (GOLDEN / f"{name}.xml").read_bytes()
    assert_valid("pain.001.001.09", content)
    assert written.size_bytes == len(content)
    assert render_payment_file(BATCHES[name])[0] == written


def test_totals_stand_at_both_levels() -> None:
    """NbOfTxs and CtrlSum are in the group header and in the batch, in the currency's decimals."""
    content = render_payment_file(BATCHES["dinar"])[1]
    tree = etree.fromstring(content)
    found = [[e.text for e in tree.iter("{*}" + name)] for name in ("NbOfTxs", "CtrlSum")]
    assert found == [["2", "2"], ["250.100", "250.100"]]


@given(lines=st.lists(st.text(max_size=100), max_size=10))
def test_address_lines_are_lines(lines: list[str]) -> None:
    """What is not known to be a town is not written as one; lines beyond the schema's seven are left out."""
    transfer = replace(TRANSFER, creditor_town=None, creditor_address_lines=tuple(lines))
    content = render_payment_file(batch_of([transfer]))[1]
    assert_valid("pain.001.001.09", content)
    creditor = next(etree.fromstring(content).iter("{*}Cdtr"))
    written = [line for each in lines if (line := to_latin(each, 70))][:7]
    assert [each.text for each in creditor.iter("{*}AdrLine")] == written
    assert not list(creditor.iter("{*}TwnNm"))


@given(
    name=st.text(min_size=1, max_size=100),
    remittance=st.text(max_size=300),
    town=st.text(max_size=60),
    amount_minor=st.integers(1, 10**14),
    currency=st.sampled_from(["EUR", "JPY", "KWD", "CLF", "USD"]),
)
def test_any_text_and_amount_makes_a_valid_file(name: str, remittance: str, town: str, amount_minor: int, currency: str) -> None:
    """Text is made writable or the file is refused by field; the amount is written as it is."""
    transfer = replace(
        TRANSFER,
        creditor_name=name,
        remittance_text=remittance,
        creditor_town=town,
        amount_minor=amount_minor,
        currency=currency,
    )
    batch = batch_of([transfer], currency)
    if not to_latin(name, 70):
        with pytest.raises(InvalidPaymentFile, match="creditor_name"):
            render_payment_file(batch)
        return
    written, content = render_payment_file(batch)
    assert_valid("pain.001.001.09", content)
    assert written.total_minor == amount_minor


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"end_to_end_id": "X" * 36}, "end_to_end_id"),
        ({"end_to_end_id": "Zoë"}, "end_to_end_id"),
        ({"end_to_end_id": "/A"}, "end_to_end_id"),
        ({"end_to_end_id": ""}, "end_to_end_id"),
        ({"instruction_id": "a//b"}, "instruction_id"),
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": -5}, "amount_minor"),
        ({"currency": "USD"}, "currency"),
        ({"creditor_name": "\u200b"}, "creditor_name"),
        ({"creditor_country": "nl"}, "creditor_country"),
        ({"creditor_account": AccountId("NL31MOCK0000000005")}, "creditor_account"),
        ({"creditor_account": AccountId("12 34", "BBAN")}, "creditor_account"),
        ({"creditor_account": AccountId("1" * 35, "BBAN")}, "creditor_account"),
        ({"creditor_agent": AgentId(bic="MOCKNL")}, "creditor_agent.bic"),
        ({"creditor_agent": AgentId()}, "creditor_agent"),
        ({"creditor_agent": None, "creditor_account": AccountId("1234", "BBAN")}, "creditor_agent"),
        ({"purpose_code": ""}, "purpose_code"),
        ({"regulatory_code": "12345678901"}, "regulatory_code"),
    ],
)
def test_a_wrong_field_is_named_with_its_transfer(change: dict[str, Any], field: str) -> None:
    """Identifiers, accounts and amounts are refused, never cut or altered."""
    transfers = [TRANSFER, replace(PAKISTAN, **change)]
    with pytest.raises(InvalidPaymentFile) as refused:
        render_payment_file(batch_of(transfers))
    named = [p for p in refused.value.problems if p.field == field]
    assert [p.transfer_index for p in named] == [1]
    assert named[0].end_to_end_id == transfers[1].end_to_end_id


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"message_id": "M" * 36}, "message_id"),
        ({"currency": "ZZZ"}, "currency"),
        ({"debtor_account": AccountId("NL00")}, "debtor_account"),
        ({"transfer_count": 0}, "transfer_count"),
        ({"transfer_count": 2}, "transfer_count"),
        ({"total_minor": 1}, "total_minor"),
        ({"service_level": "sepa"}, "service_level"),
        ({"created_at": BATCHES["yen"].created_at.replace(tzinfo=None)}, "created_at"),
        ({"debtor_country": "NLD"}, "debtor_country"),
    ],
)
def test_a_wrong_head_is_named(change: dict[str, Any], field: str) -> None:
    """A wrong head, or totals that the transfers do not make, stop the file."""
    batch: CreditTransferBatch = replace(batch_of([TRANSFER]), **change)
    with pytest.raises(InvalidPaymentFile) as refused:
        render_payment_file(batch)
    assert field in {p.field for p in refused.value.problems if p.transfer_index is None}


def test_all_problems_come_at_once() -> None:
    """Several bad transfers and a repeated id are all reported, each with its place."""
    bad = replace(TRANSFER, amount_minor=0, creditor_country="??")
    with pytest.raises(InvalidPaymentFile) as refused:
        render_payment_file(batch_of([TRANSFER, bad, bad]))
    places = {(p.transfer_index, p.field) for p in refused.value.problems}
    assert places >= {
        (1, "amount_minor"), (1, "creditor_country"), (1, "end_to_end_id"),
        (2, "amount_minor"), (2, "creditor_country"), (2, "end_to_end_id"),
    }  # fmt: skip
    assert refused.value.count == 6


def test_a_schema_violation_names_transfer_and_field() -> None:
    """What our own checks would miss, the official schema finds, without repeating the value."""
    content = render_payment_file(batch_of([TRANSFER, PAKISTAN, NIGERIA]))[1]
    broken = content.replace(b"MEZNPKKA", b"SECRET!!").replace(b"<PmtMtd>TRF", b"<PmtMtd>XXX")
    problems = list(schema_problems(io.BytesIO(broken)))
    assert [(p.transfer_index, p.end_to_end_id, p.field) for p in problems] == [
        (None, None, "PmtMtd"),
        (1, "E2E-0002", "BICFI"),
    ]
    assert "SECRET" not in "".join(map(str, problems))


def test_a_cut_off_file_is_no_payment_file() -> None:
    """A file that ends too early is a problem of its own."""
    content = render_payment_file(batch_of([TRANSFER]))[1]
    assert list(schema_problems(io.BytesIO(content[:-20])))
