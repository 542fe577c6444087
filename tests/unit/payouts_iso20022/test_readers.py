"""Bank messages are read for what they say, and no more."""

import pytest
from payouts.adapters.iso20022 import decode, stream
from payouts.domain.bank_messages import (
    AccountReport,
    BankEntry,
    EntryKind,
    EntryStatus,
    Outcome,
    ReportKind,
    ReturnReport,
    Statement,
    StatusReport,
    UnreadableBankMessage,
)
from unit.payouts_iso20022.oracle import assert_valid
from unit.payouts_iso20022.samples import camt053, camt054, detail, entry, pacs004, pain002, returned

RJCT_AC04 = "<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></StsRsnInf>"
AM05 = "<StsRsnInf><Rsn><Cd>AM05</Cd></Rsn></StsRsnInf>"
RJCT_AM05 = f"<TxSts>RJCT</TxSts>{AM05}"
E2E = "<EndToEndId>{0}</EndToEndId>"


def status(group: str, batches: str = "", message: str = "pain.002.001.10") -> StatusReport:
    original = f"<OrgnlMsgId>FILE-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{group}"
    content = pain002(f"<OrgnlGrpInfAndSts>{original}</OrgnlGrpInfAndSts>{batches}", message)
    if message == "pain.002.001.03":
        assert_valid(message, content)
    report = decode(content)
    assert isinstance(report, StatusReport)
    return report


def batch(items: str = "", own: str = "") -> str:
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>FILE-1</OrgnlPmtInfId>{own}{items}</OrgnlPmtInfAndSts>"


def item(end_to_end_id: str, more: str) -> str:
    return f"<TxInfAndSts><OrgnlEndToEndId>{end_to_end_id}</OrgnlEndToEndId>{more}</TxInfAndSts>"


@pytest.mark.parametrize("message", ["pain.002.001.03", "pain.002.001.10"])
def test_part_decides_only_what_it_names(message: str) -> None:
    """In a PART report each named transfer has its verdict; one that is absent stays UNKNOWN."""
    items = item("A", "<TxSts>ACSP</TxSts>") + item("B", RJCT_AC04)
    report = status("<GrpSts>PART</GrpSts>", batch(items), message)
    assert report.verdict_for("A").outcome is Outcome.ACCEPTED
    rejected = report.verdict_for("B")
    assert (rejected.outcome, rejected.reason_code, rejected.text) == (Outcome.REJECTED, "AC04", "closed")
    assert report.verdict_for("C").outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("ACCP", Outcome.ACCEPTED), ("ACSP", Outcome.ACCEPTED), ("ACWC", Outcome.ACCEPTED),
        ("ACSC", Outcome.SETTLED), ("PDNG", Outcome.PENDING), ("RJCT", Outcome.REJECTED),
        ("PART", Outcome.UNKNOWN), ("ZZZZ", Outcome.UNKNOWN),
    ],
)  # fmt: skip
def test_a_group_status_speaks_for_the_whole_file(code: str, outcome: Outcome) -> None:
    """Without items the group's status holds for every transfer, PART and unknown codes for none."""
    assert status(f"<GrpSts>{code}</GrpSts>").verdict_for("A").outcome is outcome


def test_a_rejected_group_rejects_all() -> None:
    """A group RJCT reaches named and unnamed transfers, with the best reason known for each."""
    group = "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>"
    report = status(group, batch(item("A", RJCT_AC04)))
    assert (report.verdict_for("A").outcome, report.verdict_for("A").reason_code) == (
        Outcome.REJECTED,
        "AC04",
    )
    assert (report.verdict_for("B").outcome, report.verdict_for("B").reason_code) == (
        Outcome.REJECTED,
        "FF01",
    )


def test_a_report_that_contradicts_itself_decides_nothing() -> None:
    """An accepted item in a rejected file, or one transfer with two statuses, is UNKNOWN."""
    report = status("<GrpSts>RJCT</GrpSts>", batch(item("A", "<TxSts>ACSC</TxSts>")))
    assert report.verdict_for("A").outcome is Outcome.UNKNOWN
    twice = item("A", "<TxSts>ACSC</TxSts>") + item("A", RJCT_AC04)
    assert status("<GrpSts>PART</GrpSts>", batch(twice)).verdict_for("A").outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("reason", ["DUPL", "AM05", "DU01", "DU02", "DU03", "DU04", "DU05"])
def test_a_refused_repeat_says_nothing_about_the_first_file(reason: str) -> None:
    """RJCT for a duplicate message id must not reject the transfers that the bank already accepted."""
    report = status(f"<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>")
    assert report.refuses_a_repeat
    assert report.verdict_for("A").outcome is Outcome.REPEATED


@pytest.mark.parametrize(
    "report",
    [
        status("<GrpSts>RJCT</GrpSts>", batch(item("A", RJCT_AM05))),
        status("<GrpSts>RJCT</GrpSts>", batch(item("B", RJCT_AM05))),
        status("<GrpSts>PART</GrpSts>", batch(item("A", RJCT_AM05))),
        status("<GrpSts>RJCT</GrpSts>", batch(item("A", "<TxSts>RJCT</TxSts>"), "<PmtInfSts>RJCT</PmtInfSts>" + AM05)),
        status("", batch("", "<PmtInfSts>RJCT</PmtInfSts>" + AM05)),
        status("<GrpSts>PART</GrpSts>", batch(item("A", "<TxSts>RJCT</TxSts>"), "<PmtInfSts>RJCT</PmtInfSts>" + AM05)),
    ],
)
def test_a_repeat_refused_in_other_words(report: StatusReport) -> None:
    """The reason may stand at the file, at its batch or at its transfers only: none of them rejects the first copy."""
    assert report.verdict_for("A").outcome is Outcome.REPEATED


@pytest.mark.parametrize("message", ["pain.002", "camt.054", "pacs.004"])
def test_overlong_message_ids_are_refused(message: str) -> None:
    """A message id has 35 characters at most: it is a key, and no room for whatever a bank puts there."""
    content = {
        "pain.002": pain002("<OrgnlGrpInfAndSts><OrgnlMsgId>F</OrgnlMsgId></OrgnlGrpInfAndSts>"),
        "camt.054": camt054(entry("1.00")),
        "pacs.004": pacs004(returned("A", "1.00", "1.00")),
    }[message]
    head, found, rest = content.partition(b"<MsgId>")
    assert found
    with pytest.raises(UnreadableBankMessage, match="MsgId has"):
        decode(head + found + b"M" * 40 + rest)


def test_a_later_rejection_without_group_status() -> None:
    """A report without group and batch status decides the transfers it names and no other."""
    report = status("", batch(item("A", RJCT_AC04)))
    assert report.group_status is None
    assert report.verdict_for("A").outcome is Outcome.REJECTED
    assert report.verdict_for("B").outcome is Outcome.UNKNOWN


def test_a_batch_status_speaks_for_our_one_batch() -> None:
    """Our files have one batch: its own status holds for transfers that no item names."""
    report = status("", batch("", "<PmtInfSts>RJCT</PmtInfSts>" + RJCT_AC04.split("</TxSts>")[1]))
    assert (report.verdict_for("A").outcome, report.verdict_for("A").reason_code) == (
        Outcome.REJECTED,
        "AC04",
    )


def account_report(content: bytes, message: str) -> tuple[Statement, tuple[BankEntry, ...]]:
    assert_valid(message, content)
    report = decode(content)
    assert isinstance(report, AccountReport)
    assert report.kind is (ReportKind.STATEMENT if "053" in message else ReportKind.NOTIFICATION)
    (statement,) = report.statements
    return statement, statement.entries


def test_a_statement_adds_up() -> None:
    """Balances are signed, and entries explain their difference to the cent."""
    lines = entry("110.00", detail(E2E.format("A"), "110.00")) + entry("10.00", side="CRDT", ref="REF-2")
    statement, entries = account_report(camt053(lines), "camt.053.001.08")
    assert (statement.opening_minor, statement.closing_minor, statement.unexplained_minor) == (
        100_000,
        90_000,
        0,
    )
    assert [e.signed_minor for e in entries] == [-11_000, 1_000]
    assert (entries[0].booked_on, entries[0].value_date) != (None, None)
    assert str(entries[0].value_date) == "2026-11-24"
    short = account_report(camt053(lines, closing="890.00"), "camt.053.001.08")[0]
    assert short.unexplained_minor == -1_000


def test_an_overdrawn_balance_is_negative() -> None:
    """A DBIT balance is below zero."""
    content = camt053("").replace(b"900.00</Amt><CdtDbtInd>CRDT", b"900.00</Amt><CdtDbtInd>DBIT")
    assert account_report(content, "camt.053.001.08")[0].closing_minor == -90_000


def test_batch_booked_details_are_given_one_by_one() -> None:
    """Each detail of a batch becomes a record; what they leave of the entry becomes one more."""
    details = "".join(detail(E2E.format(n), "30.00") for n in "ABC")
    _, entries = account_report(camt054(entry("100.00", details)), "camt.054.001.08")
    assert [(e.end_to_end_id, e.amount_minor) for e in entries] == [
        ("A", 3000), ("B", 3000), ("C", 3000), (None, 1000),
    ]  # fmt: skip
    assert sum(e.signed_minor for e in entries) == -10_000
    assert len({e.entry_key for e in entries}) == 4


def test_details_in_several_groups_belong_to_one_entry() -> None:
    """Several NtryDtls of one entry are read as one list of details."""
    lines = entry("50.00", detail(E2E.format("A"), "20.00"))
    lines = lines.replace("</Ntry>", f"<NtryDtls>{detail(E2E.format('B'), '30.00')}</NtryDtls></Ntry>")
    _, entries = account_report(camt054(lines), "camt.054.001.08")
    assert [(e.end_to_end_id, e.amount_minor) for e in entries] == [("A", 2000), ("B", 3000)]


def test_a_detail_without_amount_stays_in_the_rest() -> None:
    """A detail that states no amount, or one in another currency, is not guessed."""
    details = detail(E2E.format("A"), "30.00") + detail(E2E.format("B")) + detail(E2E.format("C"), "9", currency="USD")
    _, entries = account_report(camt054(entry("100.00", details)), "camt.054.001.08")
    assert [(e.end_to_end_id, e.amount_minor) for e in entries] == [("A", 3000), (None, 7000)]


def test_a_lone_detail_is_priced_by_its_entry() -> None:
    """What the account moved counts; the instructed amount is kept beside it."""
    instructed = '<AmtDtls><InstdAmt><Amt Ccy="USD">120.00</Amt></InstdAmt></AmtDtls>'
    _, (only,) = account_report(camt054(entry("98.00", detail(E2E.format("A"), "100.00", instructed))), "camt.054.001.08")
    assert (only.amount_minor, only.currency) == (9800, "EUR")
    assert (only.instructed_amount_minor, only.instructed_currency) == (12_000, "USD")


def test_a_batch_without_details_keeps_its_file() -> None:
    """A batch booked in one sum names our file, so that it can be matched as a whole."""
    group = "<Btch><MsgId>FILE-1</MsgId><PmtInfId>FILE-1</PmtInfId><NbOfTxs>3</NbOfTxs></Btch>"
    _, (only,) = account_report(camt053(entry("100.00", group)), "camt.053.001.08")
    assert (only.end_to_end_id, only.original_message_id, only.payment_information_id) == (
        None,
        "FILE-1",
        "FILE-1",
    )
    assert only.amount_minor == 10_000


@pytest.mark.parametrize("ref", ["REF-9", None])
def test_a_movement_has_one_key_in_every_message(ref: str | None) -> None:
    """A notification and the day's statement give the same movement the same key."""
    lines = entry("1.00", detail(E2E.format("A"), "1.00"), ref=ref)
    _, (notified,) = account_report(camt054(lines), "camt.054.001.08")
    _, (stated,) = account_report(camt053(lines), "camt.053.001.08")
    assert notified.entry_key == stated.entry_key


@pytest.mark.parametrize("ref", ["SAME", None])
def test_equal_movements_keep_keys_apart(ref: str | None) -> None:
    """Two payments alike in everything are still two, and stay two when the file is read again."""
    content = camt053(entry("1.00", ref=ref) * 3)
    keys = [[e.entry_key for e in account_report(content, "camt.053.001.08")[1]] for _ in range(2)]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 3


def test_not_provided_is_no_reference() -> None:
    """NOTPROVIDED is the absence of an end-to-end id, not an id."""
    _, (only,) = account_report(camt054(entry("1.00", detail(E2E.format("NOTPROVIDED"), "1.00"))), "camt.054.001.08")
    assert only.end_to_end_id is None


def test_returns_and_pending_entries_are_marked() -> None:
    """A return carries its reason; a pending entry does not count as booked."""
    info = "<RtrInf><Rsn><Cd>AC06</Cd></Rsn><AddtlInf>blocked</AddtlInf></RtrInf>"
    lines = entry("5.00", detail(E2E.format("A"), None, info), side="CRDT") + entry("9.00", status="PDNG", ref="P")
    statement, (back, waiting) = account_report(camt053(lines, closing="1005.00"), "camt.053.001.08")
    assert (back.is_return, back.return_reason_code, back.additional_text) == (True, "AC06", "blocked")
    assert (back.kind, waiting.status) == (EntryKind.CREDIT, EntryStatus.PENDING)
    assert statement.unexplained_minor == 0


def test_text_is_read_whole() -> None:
    """A comment inside an amount does not cut it: 1<!-- -->00.00 is a hundred, not one."""
    content = camt054(entry("100.00")).replace(b">100.00<", b">1<!-- x -->0<![CDATA[0.0]]>0<")
    assert account_report(content, "camt.054.001.08")[1][0].amount_minor == 10_000


def test_a_return_may_be_short() -> None:
    """A returned payment states what comes back and what it was."""
    report = decode(pacs004(returned("A", "90.00", "100.00") + returned("NOTPROVIDED", "1.00", "1.00"), 2))
    assert isinstance(report, ReturnReport)
    first, second = report.returns
    assert (first.end_to_end_id, first.amount_minor, first.original_amount_minor) == ("A", 9000, 10_000)
    assert (first.reason_code, first.text, str(first.settled_on)) == ("AC04", "less our fee", "2026-11-26")
    assert (first.original_message_id, second.end_to_end_id) == ("KAMAI-1", None)


def test_a_head_that_counts_otherwise_is_refused() -> None:
    """A pacs.004 with fewer returns than it announces may have lost one."""
    with pytest.raises(UnreadableBankMessage, match="NbOfTxs is 3"):
        decode(pacs004(returned("A", "1.00", "1.00"), 3))


@pytest.mark.parametrize(
    "content",
    [
        camt053(entry("1.234")),
        camt053(entry("1.00", side="XXXX")),
        camt053(entry("1.00", status="MAYB")),
        camt053(entry("1.00")).replace(b"<Id>ST-7</Id>", b""),
        camt053(entry("1.00")).replace(b"2026-11-23</Dt></BookgDt>", b"2026-13-45</Dt></BookgDt>"),
        camt053(entry("1.00")).replace(b'<Amt Ccy="EUR">1.00', b"<Amt>1.00"),
        pain002("<OrgnlGrpInfAndSts><GrpSts>ACCP</GrpSts></OrgnlGrpInfAndSts>"),
        pain002(""),
        pacs004("", 0),
        pacs004(returned("A", "1.00", "1.00").replace("RtrdIntrBkSttlmAmt", "Other")),
        camt054("").replace(b"Ntfctn>", b"Elsewhere>"),
    ],
)
def test_a_message_that_lacks_what_it_must_say_is_refused(content: bytes) -> None:
    """Missing or impossible facts make the message unreadable; nothing is filled in."""
    with pytest.raises(UnreadableBankMessage):
        decode(content)


def test_streaming_gives_the_same_records() -> None:
    """The stream gives heads before what belongs to them, and the same facts as the whole."""
    content = camt053(entry("30.00", detail(E2E.format("A"), "30.00")) + entry("70.00", ref="R2"))
    head, *entries = stream(content)
    statement, whole = account_report(content, "camt.053.001.08")
    assert isinstance(head, Statement)
    assert head.opening_minor == statement.opening_minor
    assert tuple(entries) == whole
