"""The command line: every RPC has a command, bad usage is told in words, programs get JSON."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from kamai.contracts.v1 import contract_pb2, purchasing_pb2
from kamai.onboarding.v1 import contractor_pb2, contractor_service_pb2
from kamai.ops.v1 import event_admin_pb2
from kamai.payouts.v1 import obligation_pb2
from kamai_client.cli.app import app
from typer.testing import CliRunner
from unit.client.answering import SHA, Answering, Run, methods

SAMPLE = Path(__file__).parents[3] / "deploy" / "local" / "demo"

# One line for each command that calls a service; `{dir}` is a folder with the files below.
COMMANDS = """
contractors requirements pk --capability receive-payout
contractors register --name "Bilal Ahmed" --country PK --email b@example.com --id-number CNIC:PK:42101-5530218-7
contractors show contractor_1
contractors list --state in-review --state draft --country pk
contractors update contractor_1 --file {dir}/profile.json --field email --etag 3
contractors submit contractor_1
contractors suspend contractor_1 --reason "under question"
contractors reinstate contractor_1 -r "question answered"
contractors close contractor_1 --reason "asked for it"
contractors history contractor_1
methods requirements PK USD
methods add contractor_1 PK USD -f iban=PK36SCBL0000001123456702 --purpose 9186 --partner-bank indus
methods list contractor_1
methods disable method_1 --reason "account closed"
personal find --email b@example.com
personal export contractor_1 {dir}/person.zip
personal hold contractor_1 --reason "request 4711"
personal holds --contractor contractor_1 --ended
personal release hold_1
personal erase contractor_1 --reason REQ-2026-17 --yes
personal proof contractor_1
reviews list --state open
reviews show review_1
reviews claim review_1
reviews approve review_1 --reason "all checked"
reviews reject review_1 --reason "not the person"
reviews ask review_1 "send the back of the card"
watchlists import ofac-sdn {dir}/sdn.csv --format ofac-csv
watchlists list
screenings show contractor_1
screenings decide contractor_1 ofac-sdn 90001 false-positive --reason "born elsewhere" --etag 5f2a
orgs create "Lakeshore Robotics Inc" us
orgs show {org}
orgs list
orders create {org} PO-1 USD --line "Design=20000.00@CC-7" --tolerance-bps 500
orders show po_1
orders list {org}
orders amend po_1 --ceiling "1=25000.00 USD" --reason "one more sprint"
orders amendments po_1
orders history po_1
orders close po_1 --reason "year is over"
contracts draft {org} contractor_1 po_1 --title Site --currency USD --start 2026-12-01 --milestone "Design=1200.00@2026-12-15"
contracts draft {org} contractor_1 po_1 --title Site --currency USD --start 2026-12-01 --rate 40.00 --budget 4000.00
contracts propose contract_1
contracts sign contract_1 client --name "Nora Lindqvist" --sha256 {sha}
contracts decline contract_1 --reason "no time"
contracts void contract_1 --reason "budget is gone"
contracts end contract_1 --reason "all delivered"
contracts show contract_1
contracts list --state active
contracts document contract_1 --out {dir}/contract.pdf
contracts history contract_1
milestones submit work_1 --note done
milestones accept work_1
milestones request-changes work_1 --reason "tests are missing"
timesheets submit contract_1 2026-11-16 --day 2026-11-16=7.5:review --day 2026-11-17=8
timesheets approve work_1
timesheets return work_1 --reason "wrong week"
sessions quote contract_1 golang 2026-12-01T14:30+05:00 60
sessions request contract_1 golang 2026-12-01T14:30+05:00 60
sessions confirm work_1
sessions deliver work_1 held
sessions accept work_1
sessions cancel work_1 client --reason "candidate is ill"
work show work_1
work list --contract contract_1 --state submitted
work history work_1
invoices show invoice_1
invoices list --client {org}
invoices approve invoice_1 --reason "agreed on the phone"
invoices void invoice_1 --reason "made twice"
invoices history invoice_1
funding register {org} NL07MOCK0000001001 USD --holder "Lakeshore Robotics Inc" --bic MOCKNL2AXXX
funding list {org}
funding deposit funding_1 "5000.00 USD" --reference R-1
runs plan {org} funding_1 --obligation obligation_1 --mode atomic --value-date 2026-12-01
runs show run_1
runs lines run_1 --state held
runs submit run_1
runs approve run_1 {sha}
runs reject run_1 --reason "wrong account"
runs recall run_1 --reason "one more line"
runs cancel run_1 --reason "not today"
runs execute run_1 {sha}
runs watch run_1
runs list --client {org}
runs history run_1
payouts show invoice_1
payouts owed --contractor contractor_1 --state open
payouts attempts --run run_1
payouts explain obligation_1
payouts why-not invoice_1
payouts history attempt_1
banks messages --type camt.054
banks message bankmsg_1 --out {dir}/message.xml
banks import {dir}/sdn.csv
banks inquire attempt_1
banks resolve attempt_1 not-executed --evidence "letter of the bank, 2026-11-20"
banks exceptions
ledger accounts --client {org}
ledger postings client:{org}:settlement:USD
ledger check
accounts apply contractor_1 indus USD
accounts decide account_1 open --reason "identity verified"
accounts activate account_1
accounts show account_1
accounts list --bank indus
accounts credits --account account_1
accounts history account_1
audit list --actor grace --since 2026-11-01
audit export {dir}/trail.jsonl --service payouts
events dead list
events dead list --service payouts
events dead show 7 --service payouts
events dead replay 7 --service contracts --reason "the fault is mended"
events dead discard 7 --service onboarding --reason "of no use"
""".strip().splitlines()


@pytest.mark.parametrize("line", COMMANDS, ids=lambda line: " ".join(line.split()[:3]))
def test_command_calls_its_service(run: Run, server: Answering, line: str) -> None:
    """Every command comes through with its arguments."""
    shown = run(line)
    assert shown.exit_code == 0, shown.output
    assert server.calls


def test_every_rpc_has_a_command(run: Run, server: Answering) -> None:
    """What the API can do, the command line can do, for programs too."""
    for line in COMMANDS:
        shown = run(f"{line} --json")
        assert shown.exit_code == 0, shown.output
    missing = methods().keys() - {call.method for call in server.calls}
    assert not missing


def test_json_has_stable_keys(run: Run, server: Answering) -> None:
    """Proto JSON with the names of the protos; unset plain fields are there."""
    found = contractor_pb2.Contractor(id="contractor_1", state=contractor_pb2.CASE_STATE_DRAFT)
    server.answers["GetContractor"] = lambda _r, _c: contractor_service_pb2.GetContractorResponse(contractor=found)
    shown = json.loads(run("contractors show contractor_1 --json").stdout)
    assert (shown["id"], shown["state"], shown["external_id"]) == ("contractor_1", "CASE_STATE_DRAFT", "")


def test_lists_follow_pages_up_to_the_limit(run: Run, server: Answering) -> None:
    """A limit ends the list in the middle of a page, and says that there is more."""

    def answer(request: Any, _context: Any) -> Any:
        found = [purchasing_pb2.Organisation(id=f"org_{request.page_token}{number}") for number in range(2)]
        return purchasing_pb2.ListOrganisationsResponse(organisations=found, next_page_token=f"{request.page_token}x")

    server.answers["ListOrganisations"] = answer
    shown = run("orgs list --limit 3 --json")
    assert [each["id"] for each in json.loads(shown.stdout)] == ["org_0", "org_1", "org_x0"]
    assert "--limit" in shown.stderr


def test_people_see_amounts_and_short_names(run: Run, server: Answering) -> None:
    """Money with its decimals, states without the enum's prefix."""

    def answer(_request: Any, _context: Any) -> Any:
        owed = obligation_pb2.Obligation(id="obligation_1", state=obligation_pb2.OBLIGATION_STATE_SHORT_PAID)
        owed.amount.amount_minor, owed.amount.currency = 125050, "USD"
        return obligation_pb2.GetObligationResponse(obligation=owed)

    server.answers["GetObligation"] = answer
    shown = run("payouts show obligation_1").stdout
    assert "1,250.50 USD" in shown
    assert "SHORT_PAID" in shown
    assert "OBLIGATION_STATE" not in shown


def test_acting_as_somebody(run: Run, server: Answering) -> None:
    """--as and --org are the token's subject and organisation."""
    import jwt

    assert run("orgs list --as amina --org org_01h455vb4pex5vsknk084sn02r").exit_code == 0
    token = server.calls[0].metadata["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["org"], claims["aud"]) == ("amina", "org_01h455vb4pex5vsknk084sn02r", "kamai")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("contractors list --state nonsense", "in-review"),
        ("contractors register --id-number 42101", "KIND:COUNTRY:VALUE"),
        ("contractors update contractor_1 --file {dir}/none.json --field email", "cannot be read"),
        ("contractors update contractor_1 --file {dir}/sdn.csv --field email", "sdn.csv"),
        ("methods add contractor_1 PK USD -f iban", "NAME=VALUE"),
        ("orders create org_01h455vb4pex5vsknk084sn02q PO-1 USD --line Design", "DESCRIPTION=CEILING"),
        ("orders create org_01h455vb4pex5vsknk084sn02q PO-1 USD --line Design=12.345", "2 decimals"),
        ("orders amend po_1 --ceiling 25000 --reason more", "LINE=AMOUNT"),
        ("dev bank-account 5000 --holder X", "1250.50 USD"),
        ("dev bank-account '5000 USD' --holder X --iban NL08MOCK0000001001", "check digits"),
        ("contracts draft {org} contractor_1 po_1 --title T", "--milestone"),
        (
            "contracts draft {org} contractor_1 po_1 --currency USD --rate 45 --unit hour",
            "--budget is needed",
        ),
        ("contracts draft {org} contractor_1 po_1 --rate 45 --budget 9", "--currency is needed"),
        (
            "contracts draft {org} contractor_1 po_1 --currency USD --rate 45 --budget much",
            "--budget: 'much'",
        ),
        ("contracts draft {org} contractor_1 po_1 --currency USD --rate x --budget 9", "--rate: 'x'"),
        ("contracts draft {org} contractor_1 po_1 --currency USD --milestone A=x", "--milestone: 'x'"),
        ("orders amend po_1 --ceiling 1=25000 --reason more", "--ceiling 1: '25000'"),
        ("funding deposit funding_1 '99999999999999999999 USD' --reference R", "AMOUNT: '99999999999999999999' is too large"),
        ("timesheets submit contract_1 2026-11-16 --day 2026-11-16=7.555", "two decimals"),
        ("sessions quote contract_1 golang tomorrow 60", "2026-12-01T14:30+05:00"),
        ("funding deposit funding_1 5000 --reference R", "1250.50 USD"),
        ("funding deposit funding_1 '5000 XXZ' --reference R", "ISO 4217"),
        ("runs show", "RUN"),
        ("events dead show 7", "--service"),
        ("nothing at all", "No such command"),
    ],
)
def test_wrong_usage(run: Run, server: Answering, line: str, said: str) -> None:
    """Exit code 2, what is wrong in words, and no call."""
    result = run(line)
    assert result.exit_code == 2
    assert "".join(said.split()) in "".join(result.output.replace("│", "").split())  # lines are broken anywhere
    assert "Traceback" not in result.output
    assert not server.calls


def test_failed_events_of_all_services(run: Run, server: Answering) -> None:
    """Each with its service, the newest first, no more than asked for; --service shows one."""
    found = [event_admin_pb2.FailedEvent(id=number) for number in (1, 2)]
    for each in found:
        each.last_failed_at.FromSeconds(1_000_000 * each.id)
    server.answers["ListFailedEvents"] = lambda _r, _c: event_admin_pb2.ListFailedEventsResponse(failed_events=found)
    told = json.loads(run("events dead list --limit 4 --json").stdout)
    assert [(each["service"], each["id"]) for each in told] == [
        ("onboarding", "2"), ("contracts", "2"), ("payouts", "2"), ("onboarding", "1"),
    ]  # fmt: skip
    assert "there are more" in run("events dead list --limit 4").stderr
    shown = run("events dead list").stdout.splitlines()
    assert shown[0].split("\t")[:2] == ["service", "id"]
    assert len(shown) == 7
    assert {each["service"] for each in json.loads(run("events dead list -s contracts --json").stdout)} == {"contracts"}


def test_every_value_has_a_name_in_the_help() -> None:
    """Never TEXT or PATH for want of a better name; states are listed."""
    nameless = []

    def walk(found: Any, path: str) -> None:
        for name, each in getattr(found, "commands", {}).items():
            walk(each, f"{path} {name}")
        for each in () if hasattr(found, "commands") else found.params:
            if not each.metavar and not getattr(each, "is_flag", False):
                nameless.append(f"{path} {each.name}")

    walk(typer.main.get_command(app), "kamai")
    assert not nameless
    assert "pending-approval" in CliRunner().invoke(app, ["runs", "list", "--help"]).output


def test_a_document_goes_where_it_is_asked_for(
    run: Run, server: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes to a pipe or to --out, never to a file nobody named."""
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    server.answers["GetContractDocument"] = lambda _r, _c: contract_pb2.GetContractDocumentResponse(pdf=b"%PDF \xff", sha256=SHA)
    piped = run("contracts document contract_1")
    assert piped.stdout_bytes == b"%PDF \xff"
    assert SHA in piped.stderr
    assert sorted(tmp_path.iterdir()) == before
    assert run("contracts document contract_1 --out {dir}/c.pdf").stdout.strip() == SHA
    assert (tmp_path / "c.pdf").read_bytes() == b"%PDF \xff"
    monkeypatch.setenv("FORCE_COLOR", "1")  # what rich takes for a terminal
    refused = run("contracts document contract_1")
    assert refused.exit_code == 2
    assert "--out" in refused.output.replace("\x1b[1;36m", "").replace("\x1b[0m", "")


def test_completion_of_states() -> None:
    """Names of states are completed."""
    from kamai.onboarding.v1.contractor_pb2 import CaseState
    from kamai_client.cli.values import EnumNames

    assert EnumNames(CaseState).complete("re") == ["rejected", "reverify-due", "restricted"]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(None, 0), (("milestones.csv", "yes", "maybe"), 1), (("contractors.csv", ",", ";"), 2)],
)
def test_a_check_of_the_demos_input(run: Run, tmp_path: Path, spoil: tuple[str, str, str] | None, code: int) -> None:
    """Exit code 0 for good rows only, 1 when some are left out, 2 when nothing can be done with them."""
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "input"))
    if spoil:
        name, old, new = spoil
        (folder / name).write_text((folder / name).read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    result = run("demo --check --input {dir}/input")
    assert result.exit_code == code, result.output
