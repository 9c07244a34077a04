# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of AWX as the playbook awx_setup talks to, and the launch of what it made.

The rules are those of AWX 24.6: what its API was seen to accept and refuse, and how its source renders injectors and treats the answers to a survey.
"""

from __future__ import annotations

import copy
import re
import threading
import time
import typing as t
from pathlib import Path

import jinja2
import uvicorn
from jinja2.sandbox import ImmutableSandboxedEnvironment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Document = dict[str, t.Any]

TOKEN = "fake-token-of-awx"
VERSION = {"X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"}
ENCRYPTED = "$encrypted$"
#: What a credential type may not set; AWX has more of them.
REFUSED_VARIABLES = re.compile("ANSIBLE_.*|PATH|PYTHONPATH|VIRTUAL_ENV|AWX_HOST|REST_API_.*|PROJECT_REVISION")

#: The fields of an object that nobody set.
DEFAULTS: dict[str, Document] = {
    "organizations": {},
    "credential_types": {"description": "", "kind": "cloud", "managed": False, "inputs": {}, "injectors": {}},
    "credentials": {"description": "", "organization": None, "inputs": {}},
    "execution_environments": {"description": "", "organization": None, "credential": None, "pull": ""},
    "projects": {"description": "", "scm_branch": "", "scm_revision": "", "credential": None, "default_environment": None, "allow_override": False},
    "inventories": {"description": "", "kind": "", "host_filter": None, "variables": ""},
    "inventory_sources": {"description": "", "source_vars": "", "overwrite": False, "overwrite_vars": False, "update_on_launch": False},
    "job_templates": {"description": "", "job_type": "run", "extra_vars": "", "diff_mode": False, "limit": "", "survey_enabled": False},
    "schedules": {"description": "", "enabled": True, "extra_data": {}},
}
#: The endpoint that the number in a field belongs to.
RELATIONS = {
    "organization": "organizations",
    "credential": "credentials",
    "credential_type": "credential_types",
    "default_environment": "execution_environments",
    "execution_environment": "execution_environments",
    "inventory": "inventories",
    "project": "projects",
    "source_project": "projects",
    "unified_job_template": "job_templates",
}
QUESTION = {"question_name": str, "type": str, "variable": str, "required": bool}


class Refusal(Exception):
    """A 400, with what AWX says of each field."""


def render(template: str, inputs: Document) -> str:
    return ImmutableSandboxedEnvironment().from_string(template).render(**inputs)


class Controller:
    """Starts on entering, and serves until it is left."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Document]] = {endpoint: {} for endpoint in DEFAULTS}
        self.surveys: dict[int, Document] = {}
        self.credentials: dict[int, list[int]] = {}
        #: Every request that is not a GET.
        self.writes: list[str] = []
        self.url = ""
        self.create("organizations", {"name": "Default"})

    def __enter__(self) -> Controller:
        routes = [
            Route("/api/v2/project_updates/{id:int}/", self.project_update),
            Route("/api/v2/{endpoint}/", self.listed, methods=["GET", "POST"]),
            Route("/api/v2/{endpoint}/{id:int}/", self.one, methods=["GET", "PATCH"]),
            Route("/api/v2/job_templates/{id:int}/survey_spec/", self.survey, methods=["GET", "POST"]),
            Route("/api/v2/job_templates/{id:int}/credentials/", self.associated, methods=["GET", "POST"]),
        ]
        self.server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_level="warning"))
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        deadline = time.monotonic() + 30
        while not self.server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        _host, port = self.server.servers[0].sockets[0].getsockname()
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *error: object) -> None:
        self.server.should_exit = True
        self.thread.join()

    # The API

    def answer(self, request: Request, document: t.Any, status: int = 200) -> Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        return JSONResponse(document, status, VERSION)

    async def body(self, request: Request) -> Document:
        self.writes.append(f"{request.method} {request.url.path}")
        return t.cast("Document", await request.json())

    async def listed(self, request: Request) -> Response:
        endpoint = request.path_params["endpoint"]
        if request.method == "POST":
            try:
                return self.answer(request, self.shown(endpoint, self.create(endpoint, await self.body(request))), 201)
            except Refusal as refusal:
                return self.answer(request, refusal.args[0], 400)
        # Of what can be started only job templates are looked up.
        objects = self.objects["job_templates" if endpoint == "unified_job_templates" else endpoint].values()
        wanted = [item for item in objects if all(str(item.get(field)) == value for field, value in request.query_params.items())]
        return self.answer(request, self.page([self.shown(endpoint, item) for item in wanted]))

    async def one(self, request: Request) -> Response:
        endpoint, item = request.path_params["endpoint"], self.objects[request.path_params["endpoint"]][request.path_params["id"]]
        if request.method == "PATCH":
            try:
                self.update(endpoint, item, await self.body(request))
            except Refusal as refusal:
                return self.answer(request, refusal.args[0], 400)
        return self.answer(request, self.shown(endpoint, item))

    async def survey(self, request: Request) -> Response:
        template = request.path_params["id"]
        if request.method == "POST":
            survey = await self.body(request)
            errors = self.errors_of_survey(survey)
            if errors:
                return self.answer(request, {"error": errors}, 400)
            self.surveys[template] = survey
            return Response(headers=VERSION)
        return self.answer(request, self.surveys.get(template, {}))

    async def associated(self, request: Request) -> Response:
        credentials = self.credentials.setdefault(request.path_params["id"], [])
        if request.method == "POST":
            change = await self.body(request)
            (credentials.remove if change.get("disassociate") else credentials.append)(change["id"])
            return Response(status_code=204, headers=VERSION)
        return self.answer(request, self.page([{"id": number} for number in credentials]))

    async def project_update(self, request: Request) -> Response:
        folder = Path(self.objects["projects"][request.path_params["id"]]["scm_url"])
        return self.answer(request, {"status": "successful" if folder.is_dir() else "failed"})

    def page(self, results: list[Document]) -> Document:
        return {"count": len(results), "next": None, "previous": None, "results": results}

    def shown(self, endpoint: str, item: Document) -> Document:
        """The object as the API shows it, which is without secrets."""
        item = copy.deepcopy(item)
        if endpoint == "credentials":
            item["inputs"].update({name: ENCRYPTED for name in self.secrets(item) if name in item["inputs"]})
        return item

    # The objects

    def create(self, endpoint: str, fields: Document) -> Document:
        number = 1 + sum(map(len, self.objects.values()))
        url = f"/api/v2/{endpoint}/{number}/"
        item = {**copy.deepcopy(DEFAULTS[endpoint]), "id": number, "type": endpoint[:-1], "url": url, "related": {}, "summary_fields": {}}
        if endpoint == "job_templates":
            item["related"]["survey_spec"] = f"{url}survey_spec/"
        if endpoint == "projects":
            item["summary_fields"]["current_update"] = {"id": number}
        if any(other["name"] == fields["name"] and other.get("organization") == fields.get("organization") for other in self.objects[endpoint].values()):
            raise Refusal({"__all__": ["Name and organization are taken."]})
        self.update(endpoint, item, fields)
        self.objects[endpoint][number] = item
        return item

    def update(self, endpoint: str, item: Document, fields: Document) -> None:
        for field, value in fields.items():
            if field in RELATIONS and value not in self.objects[RELATIONS[field]]:
                raise Refusal({field: [f'Invalid pk "{value}" - object does not exist.']})
        if endpoint == "credential_types":
            self.check_credential_type(fields)
        if endpoint == "credentials":
            allowed = {field["id"] for field in self.objects["credential_types"][fields["credential_type"]]["inputs"]["fields"]}
            if set(fields["inputs"]) - allowed:
                raise Refusal({"inputs": ["Additional properties are not allowed."]})
        if endpoint == "job_templates" and not Path(self.objects["projects"][fields["project"]]["scm_url"], fields["playbook"]).is_file():
            raise Refusal({"playbook": ["Playbook not found for project."]})
        if endpoint == "schedules" and not re.fullmatch(r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=.*;INTERVAL=\d+.*", fields["rrule"]):
            raise Refusal({"rrule": ["Valid DTSTART required in rrule."]})
        item.update(fields)

    def check_credential_type(self, fields: Document) -> None:
        inputs = fields["inputs"]["fields"]
        for field in inputs:
            known = {"id", "label", "type", "secret", "help_text", "format", "default", "choices", "multiline"}
            if set(field) - known or field["type"] not in ("string", "boolean") or (field["type"] == "boolean" and field.get("secret")):
                raise Refusal({"inputs": [f"{field['id']} is not accepted."]})
        if fields["kind"] not in ("cloud", "net") or set(fields["injectors"]) - {"env", "extra_vars", "file"}:
            raise Refusal({"__all__": ["Must be cloud or net, and inject what can be injected."]})
        strict = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
        for name, template in fields["injectors"].get("env", {}).items():
            if REFUSED_VARIABLES.fullmatch(name):
                raise Refusal({"injectors": [f"{name} may affect Ansible configuration."]})
            try:
                strict.from_string(template).render({field["id"]: "EXAMPLE" for field in inputs})
            except jinja2.UndefinedError as error:
                raise Refusal({"injectors": [f"{name} uses an undefined field ({error})"]}) from None

    def errors_of_survey(self, survey: Document) -> str:
        if not isinstance(survey.get("name"), str) or not isinstance(survey.get("description"), str) or not survey.get("spec"):
            return "name, description and spec have to be there."
        for question in survey["spec"]:
            for field, kind in QUESTION.items():
                if not isinstance(question.get(field), kind):
                    return f"'{field}' in survey question expected to be {kind.__name__}."
            if question["type"] not in ("text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect"):
                return f"{question['type']} is not one of the allowed question types."
            if question["type"].startswith("multi") and question.get("default", question["choices"][0]) not in question["choices"]:
                return "Default choice must be answered from the choices listed."
        return ""

    # What AWX makes of the objects when a job starts

    def named(self, endpoint: str, name: str) -> Document:
        (item,) = [item for item in self.objects[endpoint].values() if item["name"] == name]
        return item

    def secrets(self, credential: Document) -> list[str]:
        fields = self.objects["credential_types"][credential["credential_type"]]["inputs"]["fields"]
        return [field["id"] for field in fields if field.get("secret")]

    def injected(self, credentials: t.Iterable[int]) -> dict[str, str]:
        """The environment that these credentials set."""
        environment = {}
        for number in credentials:
            credential = self.objects["credentials"][number]
            injectors = self.objects["credential_types"][credential["credential_type"]]["injectors"]
            # A field that is empty is not there.
            inputs = {name: value for name, value in credential["inputs"].items() if value}
            environment.update({name: render(template, inputs) for name, template in injectors["env"].items()})
        return environment

    def answered(self, template: Document, answers: Document) -> Document:
        """The extra variables of a job, from the answers to the survey."""
        questions = self.surveys[template["id"]]["spec"] if template["survey_enabled"] else []
        variables: Document = {}
        for question in questions:
            variable = question["variable"]
            value = answers.get(variable, question.get("default"))
            assert value is not None or not question["required"], f"{variable} value missing"
            if value is not None:
                assert question["type"] != "multiplechoice" or value in question["choices"]
                assert question.get("min", 0) <= len(value) <= question.get("max", 1024)
                variables[variable] = value
        assert set(answers) <= {question["variable"] for question in questions}, "not allowed on launch"
        return variables
