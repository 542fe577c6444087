"""Opens sealed payment instructions: in memory only, for the time a bank file is written."""

from chassis.ids import encode
from chassis.sealed import CannotOpen, Opener
from google.protobuf.message import DecodeError
from kamai.onboarding.v1.events_pb2 import PaymentInstruction

from payouts.app.ports import CannotOpenInstruction, Instruction, SealedLine


class SealedInstructions:
    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    def open(self, line: SealedLine) -> Instruction:
        contractor, method = encode("contractor", line.contractor_id), encode("method", line.payout_method_id)
        try:
            plain = self._opener.open(line.sealed, f"kamai.payment-instruction.v1|{contractor}|{method}")
            found = PaymentInstruction.FromString(plain)
        except (CannotOpen, DecodeError):
            raise CannotOpenInstruction from None
        return Instruction(
            found.holder_name, found.country, found.iban, found.account_number, found.bic, found.clearing_code,
            found.clearing_system, found.purpose_code, tuple(found.address_lines),
        )  # fmt: skip
