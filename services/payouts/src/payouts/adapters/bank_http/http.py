"""One HTTP exchange with a bank: explicit timeouts, bounded answers, never a second try."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx
from chassis.secret_files import reveal

from payouts.adapters.bank_http.settings import BankHttpSettings


class AnswerTooLarge(Exception):
    """The bank's answer is larger than `max_answer_bytes`."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        """The body as JSON, None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object, empty when it is none."""
        found = self.json()
        return found if isinstance(found, dict) else {}


class BankHttp:
    """Redirects are not followed and environment proxies not used: a file goes to one place only."""

    def __init__(self, settings: BankHttpSettings) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(
            base_url=settings.base_url,
            timeout=httpx.Timeout(settings.io_timeout_s, connect=settings.connect_timeout_s),
            limits=httpx.Limits(max_connections=settings.max_connections),
            transport=httpx.AsyncHTTPTransport(retries=0),
            follow_redirects=False,
            trust_env=False,
        )

    def _auth(self) -> httpx.BasicAuth | None:
        """The password as it is now."""
        user, password = self._settings.user, self._settings.password
        return httpx.BasicAuth(user, reveal(password or "")) if user else None

    async def aclose(self) -> None:
        await self._client.aclose()

    async def call(
        self,
        method: str,
        path: str,
        *,
        timeout_s: float,
        params: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Raises httpx.HTTPError, TimeoutError (the whole call) or AnswerTooLarge."""
        headers = {"Content-Type": "application/xml; charset=utf-8"} if content is not None else None
        async with (
            asyncio.timeout(timeout_s),
            self._client.stream(method, path, params=params, content=content, headers=headers, auth=self._auth()) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._settings.max_answer_bytes:
                    raise AnswerTooLarge(f"more than {self._settings.max_answer_bytes} bytes")
            return Answer(response.status_code, bytes(body))
