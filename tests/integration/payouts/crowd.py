"""Many obligations at once, written straight into the tables that onboarding's and contracts' events fill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chassis.ids import raw
from chassis.sealed import Sealer
from integration.payouts.stage import ELSEWHERE, IDS, Stage
from kamai.onboarding.v1 import events_pb2

_PAYEES = """
INSERT INTO payee (contractor_id, case_state, receive_payout, screening_result)
SELECT id, 'APPROVED', 'ACTIVE', 'NO_HIT' FROM unnest($1::uuid[]) AS id
"""
_METHODS = """
INSERT INTO payout_method (id, contractor_id, version, country, currency, usable_from, sealed, partner_bank, state)
SELECT m.id, m.contractor_id, 1, 'NL', 'EUR', $4, m.sealed, '', 'CURRENT'
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS m (id, contractor_id, sealed)
"""
_OBLIGATIONS = """
WITH owed AS (
    INSERT INTO obligation (id, invoice_id, invoice_number, organisation_id, contractor_id, contract_id, terms_version,
        work_item_ids, amount_minor, currency, due_date, state, version, created_at, updated_at)
    SELECT uuidv7(), uuidv7(), 'INV-' || n, $1, ($2::uuid[])[1 + n % cardinality($2::uuid[])], uuidv7(), 1,
        ARRAY[uuidv7()], 100, 'EUR', '2026-12-01', 'OPEN', 1, now(), now()
    FROM generate_series(0, $3::int - 1) AS n RETURNING id, work_item_ids
)
INSERT INTO obligation_work_item (work_item_id, obligation_id) SELECT work_item_ids[1], id FROM owed
"""


async def owe_many(stage: Stage, obligations: int, payees: int = 500) -> None:
    """`obligations` of EUR 1.00 each, open, spread over `payees` contractors who may be paid."""
    sealer = Sealer(stage.keys.instruction_public)
    contractors, methods, sealed = [IDS.new("contractor") for _ in range(payees)], [IDS.new("method") for _ in range(payees)], []
    for contractor, method in zip(contractors, methods, strict=True):
        instruction = events_pb2.PaymentInstruction(holder_name="Ana Example", country="NL", currency="EUR", iban=ELSEWHERE)
        sealed.append(sealer.seal(instruction.SerializeToString(), f"kamai.payment-instruction.v1|{contractor}|{method}"))
    keys = [raw(each) for each in contractors]
    await stage.sql(_PAYEES, keys)
    await stage.sql(_METHODS, [raw(each) for each in methods], keys, sealed, datetime.now(UTC) - timedelta(hours=1))
    await stage.sql(_OBLIGATIONS, raw(stage.organisation), keys, obligations)
    await stage.sql("ANALYZE obligation, payee, payout_method, obligation_work_item")


async def answer_all(stage: Stage) -> None:
    """Every payee of every run that asked was screened without a hit."""
    await stage.sql("UPDATE run_screening SET result = 'NO_HIT'")
