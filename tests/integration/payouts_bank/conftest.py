"""One counterparty bank for the folder, new again for each test."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from integration.payouts_bank.bank import Bank, client_for, running_bank
from payouts.adapters.bank_http import BankHttpClient


@pytest.fixture(scope="session")
def bank_url() -> Iterator[str]:
    with running_bank() as url:
        yield url


@pytest.fixture
def bank(bank_url: str) -> Iterator[Bank]:
    control = Bank(bank_url)
    control.reset()
    yield control
    control.close()


@pytest_asyncio.fixture
async def client(bank: Bank) -> AsyncIterator[BankHttpClient]:
    async with client_for(bank.url) as connection:
        yield connection
