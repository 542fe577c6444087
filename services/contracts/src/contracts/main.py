"""The composition root: the only file that knows every part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from chassis.db.pool import Connection
from chassis.errors import AlreadyExists, KamaiError, PreconditionFailed
from chassis.events import kafka
from chassis.events.whole_topic import read_whole
from chassis.rpc.call import Call
from chassis.rpc.mutations import Mutations
from chassis.rpc.server import Servicer
from chassis.service import Parts, Platform, ServiceDefinition
from kamai.contracts.v1 import (
    contract_pb2,
    contract_pb2_grpc,
    invoice_pb2,
    invoice_pb2_grpc,
    purchasing_pb2,
    purchasing_pb2_grpc,
    work_pb2,
    work_pb2_grpc,
)

from contracts import topics
from contracts.adapters.document.renderer import TypstRenderer
from contracts.adapters.postgres.transaction import sql
from contracts.adapters.postgres.unit_of_work import PostgresUnitOfWork, UnitOfWorkFactory
from contracts.entrypoints import event_handlers, schedules
from contracts.entrypoints.grpc_contracts import ContractServicer
from contracts.entrypoints.grpc_invoices import InvoiceServicer
from contracts.entrypoints.grpc_milestones import MilestoneServicer
from contracts.entrypoints.grpc_organisations import OrganisationServicer
from contracts.entrypoints.grpc_purchase_orders import PurchaseOrderServicer
from contracts.entrypoints.grpc_sessions import SessionServicer
from contracts.entrypoints.grpc_timesheets import TimesheetServicer
from contracts.entrypoints.grpc_work_items import WorkItemServicer
from contracts.entrypoints.schedules import DueSelections
from contracts.settings import ContractsSettings


def _budget() -> KamaiError:
    return PreconditionFailed.one("BUDGET_EXCEEDED", "", "the purchase order has not enough left")


# What a constraint of the database means to the caller; each is checked in code before, and decides races.
CONSTRAINT_ERRORS: Mapping[str, Callable[[], KamaiError]] = {
    "organisation_external_id": lambda: AlreadyExists("an organisation with this external_id exists"),
    "purchase_order_number": lambda: AlreadyExists("the organisation has a purchase order with this number"),
    "contract_external_id": lambda: AlreadyExists("the organisation has a contract with this external_id"),
    "work_item_week": lambda: AlreadyExists("there is a timesheet for this week"),
    "invoice_line_one_live": lambda: AlreadyExists("the work is on an invoice already"),
    "purchase_order_budget": _budget,
}


def definition() -> ServiceDefinition[ContractsSettings]:
    return ServiceDefinition(
        name="contracts",
        settings=ContractsSettings,
        emits=topics.EMITS,
        consumes=topics.CONSUMES,
        migrations=["contracts.migrations"],
        build=build,
        constraint_errors=CONSTRAINT_ERRORS,
    )


async def build(platform: Platform[ContractsSettings]) -> Parts:
    make = UnitOfWorkFactory(platform.registry, platform.clock, platform.ids, platform.vault)

    def of_call(connection: Connection, call: Call) -> PostgresUnitOfWork:
        return make(connection, call.caller.subject, call.caller.organisation_id, call.caller.contractor_id)

    mutations = platform.mutations(of_call)
    renderer = TypstRenderer(platform.settings.document_threads)
    register = partial(read_whole, kafka.connection_options(platform.settings), topics.CONSUMES, topics.ERASURE.name)
    due = DueSelections(sql.work_to_accept, sql.contracts_to_expire, sql.contracts_to_start)
    sweep = schedules.erasures(platform.working, make, register)
    by_the_clock = schedules.schedules(platform.working, platform.doorbell, make, due, platform.settings.schedule_every_s)
    return Parts(
        servicers=servicers(mutations, renderer),
        subscriptions=event_handlers.subscriptions(make),
        schedules=[*by_the_clock, *sweep.schedules()],
        closers=[renderer.close],
        before_serving=[sweep.settle],
    )


def servicers(mutations: Mutations[PostgresUnitOfWork], renderer: TypstRenderer) -> list[Servicer]:
    def named(module: object, service: str) -> str:
        return str(module.DESCRIPTOR.services_by_name[service].full_name)  # type: ignore[attr-defined]

    purchasing, contract, work, invoice = purchasing_pb2_grpc, contract_pb2_grpc, work_pb2_grpc, invoice_pb2_grpc
    return [
        Servicer(
            purchasing.add_OrganisationServiceServicer_to_server, OrganisationServicer(mutations),
            named(purchasing_pb2, "OrganisationService"),
        ),
        Servicer(
            purchasing.add_PurchaseOrderServiceServicer_to_server, PurchaseOrderServicer(mutations),
            named(purchasing_pb2, "PurchaseOrderService"),
        ),
        Servicer(
            contract.add_ContractServiceServicer_to_server, ContractServicer(mutations, renderer),
            named(contract_pb2, "ContractService"),
        ),
        Servicer(work.add_MilestoneServiceServicer_to_server, MilestoneServicer(mutations), named(work_pb2, "MilestoneService")),
        Servicer(work.add_TimesheetServiceServicer_to_server, TimesheetServicer(mutations), named(work_pb2, "TimesheetService")),
        Servicer(work.add_SessionServiceServicer_to_server, SessionServicer(mutations), named(work_pb2, "SessionService")),
        Servicer(work.add_WorkItemServiceServicer_to_server, WorkItemServicer(mutations), named(work_pb2, "WorkItemService")),
        Servicer(invoice.add_InvoiceServiceServicer_to_server, InvoiceServicer(mutations), named(invoice_pb2, "InvoiceService")),
    ]  # fmt: skip
