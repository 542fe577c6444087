"""What a check of the input can ask the services of a stack that is up; nothing is changed there."""

from __future__ import annotations

from kamai.onboarding.v1 import payout_method_pb2 as pb

from kamai_client.demo.inputs import contractors as rows
from kamai_client.demo.inputs.batch import Batch
from kamai_client.demo.inputs.contractors import ContractorInput
from kamai_client.demo.inputs.rows import Problem
from kamai_client.demo.people import People
from kamai_client.target import Target


async def faults(batch: Batch, target: Target) -> list[Problem]:
    """Accounts whose fields are not those of their country and currency.

    Raises KamaiClientError.
    """
    found = []
    async with People(target) as people:
        kamai = await people.platform()
        for each in batch.contractors:
            method = each.method
            asked = pb.GetPayoutMethodRequirementsRequest(
                country=method.country, currency=method.currency, person_type=each.profile.person_type, fields=method.fields
            )
            reply = await kamai.payout_methods.GetPayoutMethodRequirements(asked)
            found += [Problem(rows.FILE, each.line, "account_fields", said, each.key) for said in _faults(each, reply)]
    return found


def _faults(given: ContractorInput, reply: pb.GetPayoutMethodRequirementsResponse) -> list[str]:
    fields = given.method.fields
    known = ", ".join(field.name for field in reply.fields)
    unknown = [f"{name}: is not a field of this account; there are {known}" for name in fields if name not in known.split(", ")]
    lacking = [field for field in reply.fields if field.required and not fields.get(field.name)]
    return unknown + [f"{field.name}: {field.label} is missing" for field in lacking]
