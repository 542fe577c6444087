"""Domain objects as protobuf messages. Identity and account numbers are masked in every answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from chassis.errors import InvalidFields, Violation
from google.protobuf.timestamp_pb2 import Timestamp
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import payout_method_pb2
from kamai.type.v1 import history_pb2

from onboarding.domain.capabilities import Capability, CapabilityStatus
from onboarding.domain.contractor import Contractor
from onboarding.domain.party import Party
from onboarding.domain.payout_method import PayoutMethod, masked, masked_fields
from onboarding.domain.profile import IdentityNumber, PersonType, Profile
from onboarding.domain.requirements import Defect, Requirement


def timestamp(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    message = Timestamp()
    message.FromDatetime(at)
    return message


def party(who: Party | None) -> history_pb2.Party.ValueType:
    return history_pb2.Party.Value(f"PARTY_{who}") if who else history_pb2.PARTY_UNSPECIFIED


def capability_value(capability: Capability) -> pb.Capability.ValueType:
    return pb.Capability.Value(f"CAPABILITY_{capability}")


def capability(status: CapabilityStatus) -> pb.CapabilityStatus:
    return pb.CapabilityStatus(
        capability=capability_value(status.capability),
        state=pb.CapabilityState.Value(f"CAPABILITY_STATE_{status.state}"),
        reason_code=status.reason_code,
        who_acts=party(status.who_acts),
        due_at=timestamp(status.due_at),
    )


def requirement(given: Requirement) -> pb.Requirement:
    return pb.Requirement(
        code=given.code,
        description=given.description,
        any_of=[pb.RequirementAlternative(all_of=items) for items in given.any_of],
        phase=pb.RequirementPhase.Value(f"REQUIREMENT_PHASE_{given.phase}"),
        who_acts=party(given.who_acts),
        due_at=timestamp(given.due_at),
        capabilities=[capability_value(c) for c in given.capabilities],
        defects=[defect(d) for d in given.defects],
    )


def defect(given: Defect) -> pb.Defect:
    return pb.Defect(code=given.code, field=given.field, message=given.message)


def profile(given: Profile) -> pb.ContractorProfile:
    numbers = [pb.IdentityNumber(kind=n.kind, country=n.country, value=masked(n.value)) for n in given.identity_numbers]
    return pb.ContractorProfile(
        legal_name=given.legal_name, other_names=given.other_names,
        person_type=pb.PersonType.Value(f"PERSON_TYPE_{given.person_type}"), birth_date=given.birth_date, country=given.country,
        nationalities=given.nationalities, email=given.email, phone=given.phone, address_lines=given.address_lines,
        identity_numbers=numbers, time_zone=given.time_zone, skills=given.skills,
    )  # fmt: skip


def person_type_of(value: pb.PersonType.ValueType) -> PersonType:
    return PersonType(pb.PersonType.Name(value).removeprefix("PERSON_TYPE_"))


def profile_of(message: pb.ContractorProfile) -> Profile:
    """Raises InvalidFields for numbers that come back as an answer had masked them."""
    hidden = [place for place, number in enumerate(message.identity_numbers) if "*" in number.value]
    if hidden:
        say = "is masked: give the number in full"
        raise InvalidFields([Violation(f"profile.identity_numbers[{place}].value", say, "MASKED") for place in hidden])
    return Profile(
        legal_name=message.legal_name.strip(), person_type=person_type_of(message.person_type), country=message.country,
        other_names=tuple(message.other_names), birth_date=message.birth_date, nationalities=tuple(message.nationalities),
        email=message.email, phone=message.phone, address_lines=tuple(message.address_lines),
        identity_numbers=tuple(IdentityNumber(n.kind, n.country, n.value) for n in message.identity_numbers),
        time_zone=message.time_zone, skills=tuple(message.skills),
    )  # fmt: skip


class Caller(Protocol):
    """Who asks; "" for the platform's people."""

    @property
    def organisation_id(self) -> str: ...


def contractor(given: Contractor, caller: Caller) -> pb.Contractor:
    """A client that only engages the contractor gets the codes of requirements without their texts, and not the reference that
    another organisation gave; of the profile storage has given it no more than the name."""
    if caller.organisation_id and given.organisation_id != caller.organisation_id:
        bare = tuple(replace(r, description="", any_of=(), defects=()) for r in given.requirements)
        given = replace(given, external_id="", requirements=bare)
    return pb.Contractor(
        id=given.id, state=pb.CaseState.Value(f"CASE_STATE_{given.state}"), profile=profile(given.profile),
        capabilities=[capability(status) for status in given.capabilities],
        requirements=[requirement(r) for r in given.requirements], external_id=given.external_id, etag=str(given.version),
        create_time=timestamp(given.created_at), update_time=timestamp(given.updated_at),
        required_by=timestamp(given.required_by), erase_time=timestamp(given.erased_at),
    )  # fmt: skip


def payout_method(given: PayoutMethod) -> payout_method_pb2.PayoutMethod:
    return payout_method_pb2.PayoutMethod(
        id=given.id, contractor_id=given.contractor_id,
        state=payout_method_pb2.PayoutMethodState.Value(f"PAYOUT_METHOD_STATE_{given.state}"), country=given.country,
        currency=given.currency, holder_name=given.account.holder_name, masked_fields=masked_fields(given.account), bic=given.bic,
        bank_name=given.bank_name, version=given.version, usable_from=timestamp(given.usable_from),
        name_match=payout_method_pb2.NameMatch.Value(f"NAME_MATCH_{given.name_match}"), create_time=timestamp(given.created_at),
        purpose_code=given.purpose_code, partner_bank=given.partner_bank,
    )  # fmt: skip
