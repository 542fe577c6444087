"""Settings of this service beside the common ones."""

from __future__ import annotations

from chassis.settings import ServiceSettings


class ContractsSettings(ServiceSettings):
    schedule_every_s: float = 30.0
    document_threads: int = 2
