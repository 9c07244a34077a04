# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret leaves: every module, played by ansible-playbook against a server that echoes the secrets wherever it can.

One run at ``-vvvv --diff`` holds a task for each way to answer, to be keyed wrongly and to crash; then everything that the run left or
showed is searched. A module that is new joins :data:`MODULES`, a secret that an option takes joins :data:`SECRETS`.
"""

from __future__ import annotations

import contextlib
import html
import http.server
import json
import os
import re
import shlex
import socket
import struct
import subprocess
import sys
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from support import COLLECTION, PROVIDER_ID

# Each secret is made of words that nothing else says, and that most ways to spell a text leave alone: no part of a secret may be found either.
#: Option: its secret. The characters between the words are those that URLs, JSON, Python and HTML spell otherwise.
SECRETS = {"api_key": "Quokka/+='\"%41<&lt;\\Marble\\n#{Zephyr}?Thimble"}

#: Other values of api_key, by why they are no good; a newline at the end is dropped.
KEYS = {
    "newline at the end": SECRETS["api_key"] + "\n",
    "newline inside": "Wombat\nSaddle",
    "control character and more than ASCII": "Ferret\x1b[31mAnvil\u00e9Lobster",
}


@dataclass(frozen=True)
class Module:
    """A module as the tasks use it.

    :param options: options under which it does all that it can do, when what they ask for is not there yet.
    :param writes: whether it then writes.
    :param secrets: the options that take a secret, beside api_key.
    """

    name: str
    options: t.Mapping[str, t.Any] = field(default_factory=dict)
    writes: bool = False
    secrets: tuple[str, ...] = ()


MODULES = (
    Module("twilio_provider", {"name": "Sales", "region": "ie1", "supports_call_transfer": True}, writes=True),
    Module("twilio_provider_info"),
)


def spellings(secret: str) -> dict[str, str]:
    """How a server or a library may write a secret."""
    in_url = quote(secret, safe="")
    return {
        "plain": secret,
        "in a URL": in_url,
        "in a URL, in lower case": re.sub("%..", lambda escape: escape[0].lower(), in_url),
        "in a URL, every character": "".join(f"%{ord(character):02X}" for character in secret),
        "in JSON": json.dumps(secret)[1:-1],
        "in JSON, every character": "".join(f"\\u{ord(character):04x}" for character in secret),
        "in Python": repr(secret)[1:-1],
        "in Python, as bytes": repr(secret.encode())[2:-1],
        "in Python, every character": "".join(f"\\x{ord(character):02x}" for character in secret),
        "in HTML": html.escape(secret),
        "in HTML, every character": "".join(f"&#{ord(character)};" for character in secret),
        "in HTML, every character in hexadecimal": "".join(f"&#x{ord(character):x};" for character in secret),
        "in another case": secret.swapcase(),
    }


def traces(secret: str) -> set[str]:
    """What gives a secret away, in lower case: its words, and each spelling as such and as JSON repeats it, once and twice."""
    found = set(re.findall("[a-z]{5,}", secret.lower()))
    for text in spellings(secret).values():
        once = json.dumps(text)[1:-1]
        found |= {text.lower(), once.lower(), json.dumps(once)[1:-1].lower()}
    return found


TRACES = set().union(*(traces(secret) for secret in [*SECRETS.values(), *KEYS.values()]))


def sightings(text: str) -> list[str]:
    """Where a secret is seen, with a little of what stands around it."""
    lower = text.lower()
    return [text[max(0, at - 60) : at + 60] for trace in TRACES for at in [lower.find(trace)] if at >= 0]


ECHOES = [text for secret in SECRETS.values() for text in spellings(secret).values()]
ALL_ECHOES = " | ".join(ECHOES)
PAGE = f"<html><title>{ECHOES[0]}</title>{ALL_ECHOES}</html>"
PROBLEM = {
    "title": ALL_ECHOES,
    "detail": f"These are refused: {ALL_ECHOES}",
    "instance": f"/api/v1/keys/{ALL_ECHOES}",
    "errors": {text: [text, {"input": ECHOES[0]}] for text in ECHOES},
    "request": {"headers": [["Authorization", f"Bearer {text}"] for text in ECHOES]},
}
PROVIDER = {
    "id": PROVIDER_ID,
    "providerType": "twilio",
    "accountSid": "AC00000000000000000000000000000001",
    "name": f"Support {ALL_ECHOES}",
    "region": ECHOES[0],
    "supportsCallTransfer": False,
    "terminationUri": ALL_ECHOES,
    "verificationDetails": [{"checkName": text, "details": {text: [text]}} for text in ECHOES],
    "echoes": {text: text for text in ECHOES},
    **{text: text for text in ECHOES},
}


@dataclass(frozen=True)
class Answer:
    """Bytes, and what becomes of the connection after them. The id of :data:`PROVIDER_ID` in them stands for the one that is asked for."""

    raw: bytes
    then: str = "close"


def answer(status: int, body: t.Any, content_type: str = "application/json", location: str = "") -> Answer:
    """An HTTP answer that says the secrets in every place; ``body`` is JSON unless it is a string."""
    in_url = quote(ECHOES[0], safe="")
    content = (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [
        f"HTTP/1.1 {status} {ECHOES[0]}",
        f"Content-Type: {content_type}; charset=utf-8; key={ECHOES[0]}",
        f"Content-Length: {len(content)}",
        f"Location: {location or f'https://{in_url}:{in_url}@{in_url}.example.com/{ALL_ECHOES}'}",
        f"Retry-After: {ECHOES[0]}",
        f"WWW-Authenticate: Bearer realm={ALL_ECHOES}",
        f"Set-Cookie: key={ECHOES[0]}",
        *[f"X-Echo-{number}: {text}" for number, text in enumerate(ECHOES)],
        f"X-{ECHOES[0]}: {ECHOES[0]}",
        ECHOES[0],
    ]
    return Answer("\r\n".join([*lines, "", ""]).encode() + content)


def shorter(whole: Answer, then: str) -> Answer:
    """The answer without its end."""
    return Answer(whole.raw[:-20], then)


READ = answer(200, PROVIDER)
#: Failures that may pass are met in one task, each by an attempt of its own.
PASSING = (
    Answer(b"", "reset"),
    shorter(READ, "close"),
    shorter(READ, "reset"),
    shorter(READ, "hang"),
    Answer(f"HTTP/1.1 200 {ALL_ECHOES}".encode(), "hang"),
    *[answer(status, PROBLEM) for status in (429, 502, 503, 504)],
)

#: Ways to answer, and words of the message that each leads to.
ANSWERS: dict[str, tuple[tuple[Answer, ...], str]] = {
    "problem details": ((answer(401, PROBLEM, "application/problem+json"),), "401 Unauthorized: These are refused"),
    # No part of it may be left where a message breaks off what the server says.
    "a quote that ends in a secret": ((answer(422, {"detail": f"{'y' * 200} {'x' * 280} {ECHOES[0]}"}),), "422 Unprocessable Entity: yyy"),
    # Python refuses to read so long a number.
    "an escape that is none": ((answer(403, {"detail": f"&#{'9' * 5000}; {ECHOES[0]}"}),), "403 Forbidden"),
    "a page instead of not found": ((answer(404, PAGE, "text/html"),), "404 Not Found: the body is not the API's JSON"),
    "a redirect": ((answer(307, PAGE, "text/html"),), "307 Temporary Redirect: a redirect to"),
    "not JSON": ((answer(200, PAGE, ALL_ECHOES),), "the body is not JSON"),
    "not HTTP": ((Answer(f"{ALL_ECHOES}\r\n\r\n".encode()),), "does not speak HTTP"),
    "another id": ((answer(200, {**PROVIDER, "id": ECHOES[0]}),), "the answer is another provider"),
    "another type": ((answer(200, {**PROVIDER, "providerType": ECHOES[0]}),), "the provider is of type"),
    "a wrong type": ((answer(200, {**PROVIDER, "name": PROBLEM}),), "name is an object"),
    "failures that may pass": ((*PASSING, answer(500, PAGE, "text/html")), "Sent 1"),
}
#: The same for a write, when the read went well; a write that succeeds without a good answer is read back.
WRITE_ANSWERS: dict[str, tuple[tuple[Answer, ...], str]] = {
    "problem details": ANSWERS["problem details"],
    "a redirect that leads nowhere": ((answer(302, PAGE, "text/html", f"https://[{ECHOES[0]}"),), "302 Found: a redirect is not followed"),
    "not JSON": (ANSWERS["not JSON"][0], "was accepted, but"),
    "stored otherwise": ((READ,), "was accepted, but"),
    "failures that may pass": ((*PASSING, answer(500, PROBLEM)), "Read afterwards"),
}

#: Stands in for what may go wrong inside of the libraries, with the key in the text of the exception.
CRASH = """
import os
import requests

def send(session, request, **options):
    header = request.headers["Authorization"]
    text = f"{header} {header.encode()!r} {dict(request.headers)}"
    try:
        raise ValueError(text)
    except ValueError:
        if os.environ["CRASH"] == "bug":
            raise RuntimeError(text, request.headers)
        raise requests.exceptions.InvalidHeader(text, request=request)

requests.Session.send = send
"""
CRASHES = {"bug": "Unexpected RuntimeError; this is a bug in dasha.blackbox.", "exception of requests": "/api/v1/providers/"}


@dataclass(frozen=True)
class Task:
    """A task of the play and what it has to come to.

    :param answers: what the server says to it, by method; the last one is said again and again.
    :param words: words of its error message; None when it succeeds.
    """

    module: Module
    about: str
    words: str | None
    options: dict[str, t.Any] = field(default_factory=dict)
    keywords: dict[str, t.Any] = field(default_factory=dict)
    answers: t.Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.module.name}: {self.about}"

    def as_played(self, number: int) -> dict[str, t.Any]:
        options = {
            "id": PROVIDER_IDS[number],
            **{option: f"{{{{ secrets.{option} }}}}" for option in self.module.secrets},
            **self.module.options,
            **self.options,
        }
        return {"name": self.name, f"dasha.blackbox.{self.module.name}": options, "register": f"result_{number}", "ignore_errors": True, **self.keywords}


def tasks_of(module: Module) -> t.Iterator[Task]:
    stored = {"PUT": (answer(200, {**PROVIDER, "name": "Sales", "region": "ie1", "supportsCallTransfer": True}),)}
    yield Task(module, "success", None, answers=stored)
    yield Task(module, "check mode", None, keywords={"check_mode": True})
    for about, (answers, words) in ANSWERS.items():
        yield Task(module, about, words, answers={"GET": answers})
    for about, (answers, words) in WRITE_ANSWERS.items() if module.writes else ():
        yield Task(module, f"{about}, to a write", words, answers={"PUT": answers})
    for about in KEYS:
        refusal = None if about == "newline at the end" else "The option api_key is refused: it has blanks, control characters"
        yield Task(module, f"key with {about}", refusal, {"api_key": f"{{{{ keys['{about}'] }}}}"}, answers=stored)
    yield Task(module, "secret in another option", "is not a UUID", {"id": "{{ secrets.api_key }}"})
    for about, words in CRASHES.items():
        yield Task(module, about, words, {"api_retries": 1}, {"environment": {"PYTHONPATH": "{{ crash_folder }}", "CRASH": about}})


TASKS = [task for module in MODULES for task in tasks_of(module)]
PROVIDER_IDS = [f"{number:08x}{PROVIDER_ID[8:]}" for number in range(len(TASKS))]


class EchoServer(http.server.ThreadingHTTPServer):
    """Answers as the task means it whose provider is asked for. Counts the requests that carry the key, by method and provider."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EchoHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.keyed: list[tuple[str, str]] = []
        self.stopping = threading.Event()

    def __enter__(self) -> EchoServer:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()


class EchoHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, EchoServer)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        provider_id = self.path.rpartition("/")[2]
        if provider_id not in PROVIDER_IDS:
            # Asked for to confirm a 404.
            self.wfile.write(answer(200, PAGE, "text/html").raw)
            return
        asked = (self.command, provider_id)
        answers = TASKS[PROVIDER_IDS.index(provider_id)].answers.get(self.command, (READ,))
        said = answers[min(self.server.keyed.count(asked), len(answers) - 1)]
        if self.headers["Authorization"] == f"Bearer {SECRETS['api_key']}":
            self.server.keyed.append(asked)
        with contextlib.suppress(OSError):
            self.wfile.write(said.raw.replace(PROVIDER_ID.encode(), provider_id.encode()))
            self.wfile.flush()
            if said.then == "hang":
                self.server.stopping.wait(2)
            if said.then == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # With the last reference to it goes the socket, and with that the reset.
        self.close_connection = True

    do_PUT = do_GET  # noqa: N815  # http.server looks for this name

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class ProcessList:
    """Reads the command line of every process again and again, in a thread, where the system has them under /proc."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> ProcessList:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            for line in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    self.seen.add(line.read_bytes())


PLACES = ("standard output", "standard error", "results", "log", "standard error of the modules", "command lines", "files that are left")


class Played(t.NamedTuple):
    """What there is after the runs: the text in each place, each task's result, and the requests that carried the key."""

    places: dict[str, str]
    results: list[dict[str, t.Any]]
    keyed: list[tuple[str, str]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """All tasks, those of each module in a run of their own, side by side."""
    folders = [tmp_path_factory.mktemp(module.name) for module in MODULES]
    with EchoServer() as server, ProcessList() as processes, ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = list(pool.map(play, MODULES, folders, [server.url] * len(MODULES)))
    places = {place: "\n".join(run[place].decode(errors="replace") for run in runs) for place in runs[0]}
    places["command lines"] = b"\n".join(processes.seen).replace(b"\0", b" ").decode(errors="replace")
    return Played(places, [result for run in runs for result in json.loads(run["results"])], server.keyed)


def play(module: Module, folder: Path, api_url: str) -> dict[str, bytes]:
    """Run the module's tasks and return what stands in each place. All that the run could leave behind lies in one folder."""
    left = folder / "left"
    for name in ("home", "local", "remote", "temporary"):
        (left / name).mkdir(parents=True)
    (folder / "ansible.cfg").touch()
    (folder / "sitecustomize.py").write_text(CRASH, encoding="utf-8")
    # Ansible does not show it, but a terminal that is forced on ssh mixes it with the standard output.
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@" 2>>{shlex.quote(str(folder / "stderr"))}\n', encoding="utf-8")
    python.chmod(0o700)
    variables = {"secrets": SECRETS, "keys": KEYS, "crash_folder": str(folder), "ansible_python_interpreter": str(python)}
    (folder / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
    tasks = [task.as_played(number) for number, task in enumerate(TASKS) if task.module is module]
    results = ", ".join(task["register"] for task in tasks)
    copy = {"content": f"{{{{ [{results}] | to_nice_json }}}}", "dest": str(folder / "results"), "mode": "600"}
    playbook = [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars_files": ["variables.json"],
            "tasks": [*tasks, {"ansible.builtin.copy": copy, "diff": False}],
        }
    ]
    (folder / "play.yml").write_text(json.dumps(playbook), encoding="utf-8")
    run = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-vvvv", "--diff", "--inventory", "localhost,", "play.yml"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(left / "home"),
            "TMPDIR": str(left / "temporary"),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            # From ansible-core 2.19 on tracebacks are shown on demand only.
            "ANSIBLE_DISPLAY_TRACEBACK": "always",
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
            "ANSIBLE_LOCAL_TEMP": str(left / "local"),
            "ANSIBLE_INJECT_INVOCATION": "true",
            "ANSIBLE_LOG_PATH": str(folder / "log"),
            "ANSIBLE_REMOTE_TEMP": str(left / "remote"),
            "DASHA_BLACKBOX_API_KEY": SECRETS["api_key"],
            "DASHA_BLACKBOX_API_RETRIES": "20",
            "DASHA_BLACKBOX_API_RETRY_MAX_DELAY": "0.01",
            "DASHA_BLACKBOX_API_TIMEOUT": "0.5",
            "DASHA_BLACKBOX_API_URL": api_url,
        },
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout.decode()[-2000:] + run.stderr.decode()[-2000:]
    return {
        "standard output": run.stdout,
        "standard error": run.stderr,
        "results": (folder / "results").read_bytes(),
        "log": (folder / "log").read_bytes(),
        "standard error of the modules": (folder / "stderr").read_bytes(),
        "files that are left": b"\n".join(bytes(path) + b": " + path.read_bytes() for path in left.rglob("*") if path.is_file()),
    }


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_found(played: Played, place: str) -> None:
    assert not sightings(played.places[place])


def test_every_task_goes_as_meant(played: Played) -> None:
    assert set(played.places) == set(PLACES)
    for task, result in zip(TASKS, played.results):
        assert result["failed"] is (task.words is not None), (task.name, result)
        assert (task.words or "") in result.get("msg", ""), (task.name, result["msg"])
        assert f"TASK [{task.name}]" in played.places["standard output"]
        assert f"TASK [{task.name}]" in played.places["log"]


def test_the_server_got_the_key_and_its_echo_came_as_far_as_the_mask(played: Played) -> None:
    keyed = [(method, TASKS[PROVIDER_IDS.index(provider_id)].name) for method, provider_id in played.keyed]
    for module in MODULES:
        for about in ["success", "check mode", "key with newline at the end", *ANSWERS]:
            assert ("GET", f"{module.name}: {about}") in keyed
        # A busy machine may add one that took too long.
        assert keyed.count(("GET", f"{module.name}: failures that may pass")) > len(PASSING)
        for about in ["success", *(f"{about}, to a write" for about in WRITE_ANSWERS)] if module.writes else ():
            assert ("PUT", f"{module.name}: {about}") in keyed
    for task, result in zip(TASKS, played.results):
        masked = task.about in ("success", "check mode", "problem details", "a redirect", "not JSON", "another id", "another type", "bug")
        assert "********" in json.dumps(result) or not masked, task.name


def test_secret_options_are_not_shown_as_given(played: Played) -> None:
    shown = [json.loads(options) for options in re.findall(r'"module_args": (\{[^{}]*\})', played.places["standard output"]) if "api_key" in options]
    assert len(shown) == len(TASKS)
    for options in shown:
        secret = {option for option, value in options.items() if value and re.search("key|token|secret|password", option)}
        assert secret <= set(SECRETS)
        assert {options[option] for option in secret} == {"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}


def test_every_module_is_here() -> None:
    assert [module.name for module in MODULES] == sorted(path.stem for path in (COLLECTION / "plugins/modules").glob("[!_]*.py"))
    assert set(SECRETS) == {"api_key"}.union(*(module.secrets for module in MODULES))


def test_processes_are_watched_where_the_system_allows_it(played: Played) -> None:
    if Path("/proc/self/cmdline").exists():
        for module in MODULES:
            assert re.search(rf"AnsiballZ_{module.name}\.py", played.places["command lines"])
    else:
        assert sys.platform != "linux"
        assert not played.places["command lines"]


def test_nothing_is_left_of_a_module(played: Played) -> None:
    assert not re.search("AnsiballZ|ansible-tmp|ansible-local", played.places["files that are left"])


@pytest.mark.parametrize("secret", [*SECRETS.values(), *KEYS.values()])
def test_the_search_finds_every_spelling(secret: str) -> None:
    for spelling in spellings(secret).values():
        for text in (spelling, json.dumps(spelling), json.dumps(json.dumps(spelling)), json.dumps({"msg": [f"x{spelling}x"]}, indent=4)):
            assert sightings(text)
    assert sightings(f"a part {secret[:6]}")
    assert not sightings("nothing of it")
