# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mock server of the AWX API that the playbook awx_setup uses.

Validation, the rendering of injectors and the handling of surveys follow AWX 24.6.
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
#: Variables that a credential type must not set. AWX refuses more of them.
PROTECTED_VARIABLES = re.compile("ANSIBLE_.*|PATH|PYTHONPATH|VIRTUAL_ENV|AWX_HOST|REST_API_.*|PROJECT_REVISION")

PROMPTS = (
    *("credential", "diff_mode", "execution_environment", "forks", "instance_groups", "inventory", "job_slice_count"),
    *("job_type", "labels", "limit", "scm_branch", "skip_tags", "tags", "timeout", "variables", "verbosity"),
)
#: Default values of the fields by endpoint. AWX ignores other fields.
DEFAULTS: dict[str, Document] = {
    "organizations": {"name": ""},
    "credential_types": {
        "name": "",
        "description": "",
        "kind": "cloud",
        "managed": False,
        "inputs": {},
        "injectors": {},
    },
    "credentials": {"name": "", "description": "", "organization": None, "credential_type": None, "inputs": {}},
    "execution_environments": {
        "name": "",
        "description": "",
        "organization": None,
        "image": "",
        "credential": None,
        "pull": "",
    },
    "projects": {
        "name": "",
        "description": "",
        "organization": None,
        "default_environment": None,
        "local_path": "",
        "scm_type": "",
        "scm_url": "",
        "scm_branch": "",
        "scm_refspec": "",
        "scm_clean": False,
        "scm_delete_on_update": False,
        "scm_track_submodules": False,
        "scm_update_on_launch": False,
        "scm_update_cache_timeout": 0,
        "scm_revision": "",
        "credential": None,
        "signature_validation_credential": None,
        "allow_override": False,
        "timeout": 0,
    },
    "inventories": {
        "name": "",
        "description": "",
        "organization": None,
        "kind": "",
        "host_filter": None,
        "variables": "",
        "prevent_instance_group_fallback": False,
    },
    "inventory_sources": {
        "name": "",
        "description": "",
        "inventory": None,
        "source": "",
        "source_project": None,
        "source_path": "",
        "source_vars": "",
        "scm_branch": "",
        "credential": None,
        "execution_environment": None,
        "enabled_var": "",
        "enabled_value": "",
        "host_filter": "",
        "limit": "",
        "overwrite": False,
        "overwrite_vars": False,
        "update_on_launch": False,
        "update_cache_timeout": 0,
        "timeout": 0,
        "verbosity": 1,
    },
    "job_templates": {
        "name": "",
        "description": "",
        "organization": None,
        "inventory": None,
        "project": None,
        "playbook": "",
        "job_type": "run",
        "execution_environment": None,
        **{f"ask_{prompt}_on_launch": False for prompt in PROMPTS},
        "allow_simultaneous": False,
        "become_enabled": False,
        "diff_mode": False,
        "extra_vars": "",
        "force_handlers": False,
        "forks": 0,
        "host_config_key": "",
        "job_slice_count": 1,
        "job_tags": "",
        "limit": "",
        "prevent_instance_group_fallback": False,
        "scm_branch": "",
        "skip_tags": "",
        "start_at_task": "",
        "survey_enabled": False,
        "timeout": 0,
        "use_fact_cache": False,
        "verbosity": 0,
        "webhook_credential": None,
        "webhook_service": "",
    },
    "schedules": {"name": "", "description": "", "enabled": True, "rrule": "", "unified_job_template": None},
}
#: Endpoint of the object that each field refers to.
RELATIONS = {
    "organization": "organizations",
    "credential": "credentials",
    "credential_type": "credential_types",
    "default_environment": "execution_environments",
    "execution_environment": "execution_environments",
    "inventory": "inventories",
    "project": "projects",
    "signature_validation_credential": "credentials",
    "source_project": "projects",
    "unified_job_template": "job_templates",
    "webhook_credential": "credentials",
}
REQUIRED_QUESTION_FIELDS = {"question_name": str, "type": str, "variable": str, "required": bool}


class ValidationError(Exception):
    """Response 400 with errors by field."""


def render(template: str, inputs: Document) -> str:
    """Render an injector as AWX does."""
    return ImmutableSandboxedEnvironment().from_string(template).render(**inputs)


class Controller:
    """Context manager that runs the mock server."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Document]] = {endpoint: {} for endpoint in DEFAULTS}
        self.surveys: dict[int, Document] = {}
        self.credentials: dict[int, list[int]] = {}
        #: Log of all requests except GET.
        self.writes: list[str] = []
        self.url = ""
        self.create("organizations", {"name": "Default"})

    def __enter__(self) -> Controller:
        routes = [
            Route("/api/v2/project_updates/{id:int}/", self.get_project_update),
            Route("/api/v2/{endpoint}/", self.list_or_create, methods=["GET", "POST"]),
            Route("/api/v2/{endpoint}/{id:int}/", self.get_or_update, methods=["GET", "PATCH"]),
            Route("/api/v2/job_templates/{id:int}/survey_spec/", self.handle_survey, methods=["GET", "POST"]),
            Route("/api/v2/job_templates/{id:int}/credentials/", self.handle_credentials, methods=["GET", "POST"]),
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

    # Request handlers

    def respond(self, request: Request, document: t.Any, status: int = 200) -> Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        return JSONResponse(document, status, VERSION)

    async def read_body(self, request: Request) -> Document:
        self.writes.append(f"{request.method} {request.url.path}")
        return t.cast("Document", await request.json())

    async def list_or_create(self, request: Request) -> Response:
        endpoint = request.path_params["endpoint"]
        if request.method == "POST":
            try:
                return self.respond(
                    request, self.encrypt_secrets(endpoint, self.create(endpoint, await self.read_body(request))), 201
                )
            except ValidationError as error:
                return self.respond(request, error.args[0], 400)
        # awx_setup looks up only job templates at this endpoint.
        objects = self.objects["job_templates" if endpoint == "unified_job_templates" else endpoint].values()
        matching = [
            item
            for item in objects
            if all(self.get_value(item, field) == value for field, value in request.query_params.items())
        ]
        return self.respond(request, self.build_page([self.encrypt_secrets(endpoint, item) for item in matching]))

    def get_value(self, item: Document, field: str) -> str:
        """Return the value of a query parameter, such as ``name`` or ``organization__name``."""
        relation, separator, attribute = field.partition("__")
        if separator:
            item = self.objects[RELATIONS[relation]][item[relation]]
        return str(item[attribute or field])

    async def get_or_update(self, request: Request) -> Response:
        endpoint, item = (
            request.path_params["endpoint"],
            self.objects[request.path_params["endpoint"]][request.path_params["id"]],
        )
        if request.method == "PATCH":
            try:
                self.update(endpoint, item, await self.read_body(request))
            except ValidationError as error:
                return self.respond(request, error.args[0], 400)
        return self.respond(request, self.encrypt_secrets(endpoint, item))

    async def handle_survey(self, request: Request) -> Response:
        template = request.path_params["id"]
        if request.method == "POST":
            survey = await self.read_body(request)
            errors = self.validate_survey(survey)
            if errors:
                return self.respond(request, {"error": errors}, 400)
            self.surveys[template] = survey
            return Response(headers=VERSION)
        return self.respond(request, self.surveys.get(template, {}))

    async def handle_credentials(self, request: Request) -> Response:
        credentials = self.credentials.setdefault(request.path_params["id"], [])
        if request.method == "POST":
            change = await self.read_body(request)
            (credentials.remove if change.get("disassociate") else credentials.append)(change["id"])
            return Response(status_code=204, headers=VERSION)
        return self.respond(request, self.build_page([{"id": number} for number in credentials]))

    async def get_project_update(self, request: Request) -> Response:
        folder = Path(self.objects["projects"][request.path_params["id"]]["scm_url"])
        return self.respond(request, {"status": "successful" if folder.is_dir() else "failed"})

    def build_page(self, results: list[Document]) -> Document:
        return {"count": len(results), "next": None, "previous": None, "results": results}

    def encrypt_secrets(self, endpoint: str, item: Document) -> Document:
        """Return a copy of the object without secrets, as the API does."""
        item = copy.deepcopy(item)
        if endpoint == "credentials":
            item["inputs"].update({name: ENCRYPTED for name in self.list_secret_fields(item) if name in item["inputs"]})
        return item

    # Objects

    def create(self, endpoint: str, fields: Document) -> Document:
        number = 1 + sum(map(len, self.objects.values()))
        url = f"/api/v2/{endpoint}/{number}/"
        item = {
            **copy.deepcopy(DEFAULTS[endpoint]),
            "id": number,
            "type": endpoint[:-1],
            "url": url,
            "related": {},
            "summary_fields": {},
        }
        if endpoint == "job_templates":
            item["related"]["survey_spec"] = f"{url}survey_spec/"
        if endpoint == "projects":
            item["summary_fields"]["current_update"] = {"id": number}
        if any(
            other["name"] == fields["name"] and other.get("organization") == fields.get("organization")
            for other in self.objects[endpoint].values()
        ):
            raise ValidationError({"__all__": ["An object with this name and organization already exists."]})
        self.update(endpoint, item, fields)
        self.objects[endpoint][number] = item
        return item

    def update(self, endpoint: str, item: Document, fields: Document) -> None:
        defaults = DEFAULTS[endpoint]
        changes = {field: value for field, value in fields.items() if field in defaults}
        for field, value in changes.items():
            if field in RELATIONS and value is not None and value not in self.objects[RELATIONS[field]]:
                raise ValidationError({field: [f'Invalid pk "{value}" - object does not exist.']})
            if isinstance(defaults[field], str) and not isinstance(value, str):
                raise ValidationError({field: ["Not a valid string."]})
        fields = {**item, **changes}
        if endpoint == "credential_types":
            self.check_credential_type(fields)
        if endpoint == "credentials":
            allowed = {
                field["id"] for field in self.objects["credential_types"][fields["credential_type"]]["inputs"]["fields"]
            }
            if set(fields["inputs"]) - allowed:
                raise ValidationError({"inputs": ["Additional properties are not allowed."]})
        if (
            endpoint == "job_templates"
            and not Path(self.objects["projects"][fields["project"]]["scm_url"], fields["playbook"]).is_file()
        ):
            raise ValidationError({"playbook": ["Playbook not found for project."]})
        if endpoint in ("job_templates", "inventory_sources"):
            project = self.objects["projects"][fields["project" if endpoint == "job_templates" else "source_project"]]
            if not project["allow_override"] and (fields["scm_branch"] or fields.get("ask_scm_branch_on_launch")):
                raise ValidationError({"scm_branch": ["Project does not allow overriding branch."]})
        if endpoint == "schedules" and not re.fullmatch(
            r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=.*;INTERVAL=\d+.*", fields["rrule"]
        ):
            raise ValidationError({"rrule": ["Valid DTSTART required in rrule."]})
        item.update(changes)

    def check_credential_type(self, fields: Document) -> None:
        inputs = fields["inputs"]["fields"]
        for field in inputs:
            known = {"id", "label", "type", "secret", "help_text", "format", "default", "choices", "multiline"}
            if (
                set(field) - known
                or field["type"] not in ("string", "boolean")
                or (field["type"] == "boolean" and field.get("secret"))
            ):
                raise ValidationError({"inputs": [f"{field['id']} is not accepted."]})
        if fields["kind"] not in ("cloud", "net") or set(fields["injectors"]) - {"env", "extra_vars", "file"}:
            raise ValidationError(
                {"__all__": ["The kind must be cloud or net, and the injectors env, extra_vars or file."]}
            )
        strict = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
        for name, template in fields["injectors"].get("env", {}).items():
            if PROTECTED_VARIABLES.fullmatch(name):
                raise ValidationError({"injectors": [f"{name} may affect Ansible configuration."]})
            try:
                strict.from_string(template).render({field["id"]: "EXAMPLE" for field in inputs})
            except jinja2.UndefinedError as error:
                raise ValidationError({"injectors": [f"{name} uses an undefined field ({error})"]}) from None

    def validate_survey(self, survey: Document) -> str:
        if (
            not isinstance(survey.get("name"), str)
            or not isinstance(survey.get("description"), str)
            or not survey.get("spec")
        ):
            return "name, description and spec are required."
        for question in survey["spec"]:
            for field, kind in REQUIRED_QUESTION_FIELDS.items():
                if not isinstance(question.get(field), kind):
                    return f"'{field}' in survey question expected to be {kind.__name__}."
            if question["type"] not in (
                "text",
                "textarea",
                "password",
                "integer",
                "float",
                "multiplechoice",
                "multiselect",
            ):
                return f"{question['type']} is not one of the allowed question types."
            if (
                question["type"].startswith("multi")
                and question.get("default", question["choices"][0]) not in question["choices"]
            ):
                return "Default choice must be answered from the choices listed."
        return ""

    # Preparation of jobs

    def find_by_name(self, endpoint: str, name: str) -> Document:
        (item,) = [item for item in self.objects[endpoint].values() if item["name"] == name]
        return item

    def list_secret_fields(self, credential: Document) -> list[str]:
        fields = self.objects["credential_types"][credential["credential_type"]]["inputs"]["fields"]
        return [field["id"] for field in fields if field.get("secret")]

    def build_environment(self, credentials: t.Iterable[int]) -> dict[str, str]:
        """Return the environment variables that the credentials inject."""
        environment = {}
        for number in credentials:
            credential = self.objects["credentials"][number]
            injectors = self.objects["credential_types"][credential["credential_type"]]["injectors"]
            # AWX omits empty fields.
            inputs = {name: value for name, value in credential["inputs"].items() if value}
            environment.update({name: render(template, inputs) for name, template in injectors["env"].items()})
        return environment

    def build_extra_vars(self, template: Document, answers: Document) -> Document:
        """Return the extra variables of a job for the answers to its survey."""
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
