"""Requests nobody finds fault with, and tokens of somebody who may send them."""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from support.security.callers import Signer
from support.security.filling import Filler
from support.security.methods import BINDINGS, Method
from support.security.samples import Samples

# What the rules in the protos do not tell: the bank connection of the demo, and numbers that may be taken once.
_TEXTS = {
    "kamai.payouts.v1.ImportBankMessageRequest.bank": "counterparty",
    "kamai.payouts.v1.RegisterFundingAccountRequest.bank": "counterparty",
    "kamai.payouts.v1.RegisterFundingAccountRequest.bic": "DEUTDEFF",
}
_TAKEN_ONCE = {"kamai.contracts.v1.CreatePurchaseOrderRequest.number", "kamai.payouts.v1.RegisterFundingAccountRequest.account"}
# Callers that see what is asked for, where the first that may call does not.
_CALLERS = {"CloseContractor": "platform", "GetOrganisation": "platform", "ListContractorTransitions": "platform"}


class Requests:
    """With the ids of one tenant."""

    def __init__(self, samples: Samples, signer: Signer) -> None:
        self._samples, self._signer, self.filler = samples, signer, Filler(samples)
        self._of = cache(self._made)

    def valid(self, method: Method, binding: str = "", *, of_owner: bool = False) -> tuple[Any, str]:
        """A new request and its token; of the first binding that may call, where none is named. The token is that of whom the ids
        in the request belong to, or of the owner of the samples."""
        first = next(each for each in BINDINGS if method.right_roles(each))
        known, token = self._of(method, binding or _CALLERS.get(method.name, first), of_owner)
        request = type(known)()
        request.CopyFrom(known)
        for each in request.DESCRIPTOR.fields:
            if each.name == "request_id":
                request.request_id = str(uuid.uuid4())
            elif each.full_name in _TAKEN_ONCE:
                setattr(request, each.name, f"N{uuid.uuid4().int % 10**18}")
        return request, token

    def _made(self, method: Method, binding: str, of_owner: bool) -> tuple[Any, str]:
        filled = self.filler.filled(method, binding)
        for each in filled.request.DESCRIPTOR.fields:
            if each.full_name in _TEXTS:
                setattr(filled.request, each.name, _TEXTS[each.full_name])
        if method.name == "AmendPurchaseOrder":
            filled.request.ceilings[0].ceiling.amount_minor += 1  # one that is what it is changes nothing
        who = self._samples.owner
        if not of_owner:
            who = who.instead(filled.owner("org"), filled.owner("contractor"), filled.owner("bank"))
        role = method.right_roles(binding)[0]
        if method.step_up:
            return filled.request, self._signer.proven(who, binding, role, filled.approval)
        return filled.request, self._signer.good(who, binding, role)
