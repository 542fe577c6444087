"""What to do about a screening that could not be done."""

from __future__ import annotations

from kamai.onboarding.v1 import contractor_pb2, screening_pb2

from kamai_client.cli import session
from kamai_client.errors import KamaiClientError

NO_LIST = (
    "no watchlist has been imported, so nobody can be screened: `kamai watchlists import LIST FILES`;"
    " everybody is screened again after it"
)
_WAITING = (contractor_pb2.CASE_STATE_SCREENING, contractor_pb2.CASE_STATE_IN_REVIEW)


def hint_for(screening: screening_pb2.Screening) -> None:
    """Where there was no list to screen against."""
    if screening.result == screening_pb2.SCREENING_RESULT_ERROR and not screening.list_versions:
        session.hint(NO_LIST)


def hint_for_case(contractor: contractor_pb2.Contractor) -> None:
    """The same for a case that waits; not for those who may not see screenings."""
    if contractor.state in _WAITING:
        asked = screening_pb2.GetScreeningRequest(contractor_id=contractor.id)
        try:
            hint_for(session.call(lambda kamai: kamai.screenings.GetScreening, asked).screening)
        except KamaiClientError:
            return
