"""An OpenID Connect issuer of its own on loopback, with the authorization code flow and a signing key that it makes anew."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from werkzeug.serving import BaseWSGIServer, make_server

with warnings.catch_warnings():  # of its own libraries; authlib puts a filter of its own in front when it is first imported
    import authlib.deprecate  # type: ignore[import-untyped]  # noqa: F401

    warnings.simplefilter("ignore")
    import oidc_provider_mock  # type: ignore[import-untyped]
    from oidc_provider_mock import _app as provider

CLIENT, REDIRECT = "kamai", "https://app.example/signed-in"
KEYS = "/jwks"


class _Naming(provider.OpenIDCode):  # type: ignore[misc]
    """Writes the id of its key into the header, which issuers do and this one does not."""

    def get_jwt_config(self, grant: Any, client: Any = None) -> dict[str, Any]:
        config: dict[str, Any] = super().get_jwt_config(grant, client)
        return config | {"kid": config["key"]["kid"]}


provider.OpenIDCode = _Naming


class Issuer:
    """Between `up` and `down`; every `up` is another key at the same address."""

    def __init__(self) -> None:
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._port = 0
        self.asked: list[str] = []  # paths, in order

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def up(self) -> None:
        app = oidc_provider_mock.app()
        serve = app.wsgi_app

        def counting(environ: Any, start_response: Any) -> Any:
            self.asked.append(environ["PATH_INFO"])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return serve(environ, start_response)

        self._server = make_server("127.0.0.1", self._port, counting, threaded=True)
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def down(self) -> None:
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    async def sign_in(self, subject: str, **claims: Any) -> str:
        """The token that a person gets at the end of the authorization code flow (OpenID Connect Core 1.0, 3.1)."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as browser:
            (await browser.put(f"/users/{subject}", json=claims)).raise_for_status()
            question = {"client_id": CLIENT, "redirect_uri": REDIRECT, "response_type": "code", "scope": "openid"}
            answer = await browser.post("/oauth2/authorize", params=question, data={"sub": subject})
            (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
            reply = await browser.post("/oauth2/token", data=form, auth=(CLIENT, "secret"))
            return str(reply.raise_for_status().json()["id_token"])


@contextmanager
def running() -> Iterator[Issuer]:
    issuer = Issuer()
    issuer.up()
    try:
        yield issuer
    finally:
        issuer.down()
