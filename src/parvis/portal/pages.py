"""What each page shows. A page is read with the contracts alone; a form's post asks the console."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from parvis.contract.model import CONSOLE, Contract
from parvis.contract.outcomes import DECLARED_CODE, DECLARED_TITLE, OUTCOMES, Refusal, fill
from parvis.i18n import translate
from parvis.protocol.http import links

from . import snippets
from .console import Console, Problem, Visitor
from .forms import address_of, from_elsewhere, read_form
from .reference import describe
from .render import Renderer, choose
from .welcome import Welcome

FIRST_KEY = "first"
TEST_KEY = "test"
"""The labels of the key that registration makes."""

FIELDS = ("name", "email", "password", "link", "token")
"""The fields of the forms: what is wrong with one is told beside it."""


class Pages:
    """The handlers of the portal; they share the contracts and the renderer, and nothing that changes."""

    def __init__(self, console: Console, contracts: Iterable[Contract], base_url: str, welcome: Welcome) -> None:
        self._console = console
        self._welcome = welcome
        self._render = Renderer(base_url, welcome)
        self._services: dict[str, list[Contract]] = {}
        for contract in sorted(contracts, key=lambda c: -c.version):
            self._services.setdefault(contract.service, []).append(contract)

    # Pages to read

    async def front(self, request: Request) -> Response:
        base_url = self._render.base_url
        return self._render.page(
            request,
            "front.html",
            services=[versions[0] for versions in self._published()],
            console=CONSOLE in self._services,
            headers={"link": links.of_server(base_url)},
            command=snippets.command(base_url),
            by_hand=snippets.register(base_url) + "\n\n" + snippets.new_key(base_url, test=self._welcome.approval),
            new_key=snippets.new_key(base_url),
            call=self._first_call(),
        )

    async def service(self, request: Request) -> Response:
        versions = self._services.get(request.path_params["service"])
        asked = request.query_params.get("version")
        contract = next((c for c in versions or () if asked in (None, str(c.version))), None)
        if versions is None or contract is None:
            raise HTTPException(404)
        base_url = self._render.base_url
        page = links.page(base_url, contract, newest=contract is versions[0])
        return self._render.page(
            request,
            "service.html",
            headers={"link": links.of_service(base_url, contract, page)},
            service=contract,
            versions=versions,
            groups=describe(contract, base_url),
        )

    async def to_service(self, request: Request) -> Response:
        service = request.path_params["service"]
        if service not in self._services:
            raise HTTPException(404)
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{self._render.root}/{quote(service)}/{query}", 308)

    async def errors(self, request: Request) -> Response:
        rows = sorted(OUTCOMES.values(), key=lambda row: (row.status, row.code))
        return self._render.page(request, "errors.html", rows=rows, declared=DECLARED_TITLE)

    async def error(self, request: Request) -> Response:
        code = request.path_params["code"]
        if code == DECLARED_CODE:
            return self._render.page(request, "declared.html", title=DECLARED_TITLE)
        row = OUTCOMES.get(code)
        if row is None:
            raise HTTPException(404)
        fix = fill(translate(row.fix, choose(request)), self._render.places())
        return self._render.page(request, "error.html", row=row, fix=fix)

    # Forms

    async def register_form(self, request: Request) -> Response:
        return self._register_form(request)

    async def register(self, request: Request) -> Response:
        form: dict[str, str] = {}
        try:
            form = await self._posted(request)
            email, password, visitor = form.get("email", ""), form.get("password", ""), visitor_of(request)
            account = await self._console.create_account(visitor, email, password, form.get("name", ""))
        except (Refusal, Problem) as refusal:
            return self._register_form(request, refusal, form)
        base_url, test = self._render.base_url, not account.live
        label = TEST_KEY if test else FIRST_KEY
        try:
            # By its id, which opens an account whose e-mail is still to be verified, too.
            key = (await self._console.create_key(visitor, account.id, password, label, test)).secret
        except Problem as refusal:
            # The account stands: say so, and how to make the key by hand.
            problem = refusal.told
            new_key = snippets.new_key(base_url, email if account.verified else account.id, test=test)
            return self._render.page(
                request, "keyless.html", status=problem["status"], secret=True, problem=problem, new_key=new_key,
                account=account,
            )  # fmt: skip
        return self._render.page(
            request, "registered.html", status=201, secret=True, key=key, email=email, account=account, test=test,
            call=self._first_call(key, test=test), offered=any(v[0].operations for v in self._published()),
            new_key=snippets.new_key(base_url, email),
        )  # fmt: skip

    async def verify_form(self, request: Request) -> Response:
        # To look at this page changes nothing: programs that look through mail follow every link in it.
        return self._form(request, "verify.html", form={"token": request.query_params.get("token", "")})

    async def verify(self, request: Request) -> Response:
        form: dict[str, str] = {}
        try:
            form = await self._posted(request)
            account = await self._console.verify(visitor_of(request), form.get("token", ""))
        except (Refusal, Problem) as refusal:
            return self._form(request, "verify.html", refusal, form)
        new_key = snippets.new_key(self._render.base_url, account.email)
        return self._render.page(request, "verified.html", secret=True, account=account, new_key=new_key)

    async def reset_form(self, request: Request) -> Response:
        token = request.query_params.get("token", "")
        return self._form(request, "new_password.html" if token else "reset.html", form={"token": token})

    async def reset(self, request: Request) -> Response:
        """The two forms of one address: with a token a new password, without one a letter that brings it."""
        form: dict[str, str] = {}
        try:
            form = await self._posted(request)
            if "token" in form:
                await self._console.reset(visitor_of(request), form["token"], form.get("password", ""))
                return self._render.page(request, "password_set.html", secret=True)
            email = form.get("email", "")
            await self._console.request_reset(visitor_of(request), email)
        except (Refusal, Problem) as refusal:
            return self._form(request, "new_password.html" if "token" in form else "reset.html", refusal, form)
        return self._render.page(request, "reset_asked.html", status=202, secret=True, email=email)

    async def operator_form(self, request: Request) -> Response:
        return self._form(request, "operator.html", form={"link": request.query_params.get("link", "")})

    async def operator(self, request: Request) -> Response:
        form: dict[str, str] = {}
        try:
            form = await self._posted(request)
            email = form.get("email", "")
            password, link = form.get("password", ""), form.get("link", "")
            await self._console.create_operator(visitor_of(request), email, password, link)
        except (Refusal, Problem) as refusal:
            return self._form(request, "operator.html", refusal, form)
        return self._render.page(request, "operator_set.html", status=201, secret=True, email=email)

    # What goes wrong

    async def missing(self, request: Request, _: Exception) -> Response:
        return self._render.page(request, "missing.html", status=404)

    async def wrong_method(self, request: Request, error: Exception) -> Response:
        row = OUTCOMES["method-not-allowed"]
        response = self._render.page(
            request, "error.html", status=405, row=row, fix=translate(row.fix, choose(request))
        )
        response.headers.update(getattr(error, "headers", None) or {})
        return response

    async def broken(self, request: Request, _: Exception) -> Response:
        row = OUTCOMES["internal-error"]
        return self._render.page(request, "error.html", status=500, row=row, fix=translate(row.fix, choose(request)))

    # Between them

    def _register_form(
        self, request: Request, refusal: Refusal | Problem | None = None, form: dict[str, str] | None = None
    ) -> Response:
        new_key = snippets.new_key(self._render.base_url)
        return self._form(request, "register.html", refusal, form, new_key=new_key)

    def _form(
        self, request: Request, template: str, refusal: Refusal | Problem | None = None,
        form: dict[str, str] | None = None, **values: Any,
    ) -> Response:  # fmt: skip
        """The form, with what was typed (but the password) and why it was refused, each at its field."""
        problem = refusal.told if isinstance(refusal, Problem) else None
        if isinstance(refusal, Refusal):
            problem = self._render.refusal(request, refusal)
        status = problem["status"] if problem else 200
        by_field = {e["location"]: e for e in (problem or {}).get("errors", ()) if e["location"] in FIELDS}
        typed = {k: v for k, v in (form or {}).items() if k != "password"}
        return self._render.page(
            request, template, status=status, secret=True, problem=problem, errors=by_field, typed=typed, **values
        )

    async def _posted(self, request: Request) -> dict[str, str]:
        if from_elsewhere(request, self._render.base_url):
            raise Refusal("cross-site-post", "This form was sent from another site.")
        return await read_form(request)

    def _published(self) -> list[list[Contract]]:
        """The services but the console's own, which has the last word of the page."""
        return [versions for name, versions in sorted(self._services.items()) if name != CONSOLE]

    def _first_call(self, key: str | None = None, *, test: bool = False) -> dict[str, Any] | None:
        """The first call to show, with the key in it; for a test key, one that it is let in with."""
        for versions in self._published():
            reads = test and versions[0].prefix not in self._welcome.sandboxes
            operation = snippets.first_call(versions[0], reads=reads)
            if operation is not None:
                base_url = self._render.base_url
                return {
                    "service": versions[0],
                    "operation": operation,
                    "curl": snippets.curl(versions[0], operation, base_url, key),
                    "python": snippets.python(versions[0], operation, base_url, key),
                }
        return None


def visitor_of(request: Request) -> Visitor:
    return Visitor(address_of(request), choose(request))
