# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let ``ansible-test --venv`` set up its environments where its download site cannot be reached.

ansible-test makes environments without pip and fetches a script that puts pip in. Where that script is neither cached nor
reachable, this puts one of the same name in the cache that takes pip from Python's own ensurepip.
Run it with the Python that ansible-test is installed for.
"""

from __future__ import annotations

import importlib
import re
import types
import urllib.error
import urllib.request
from pathlib import Path

SECONDS_TO_ANSWER = 5

# Called with the packages to install and options of the official script. Each step needs a process of its own: the pip that
# ensurepip brings cannot replace itself while it runs.
STAND_IN = """\
import subprocess
import sys

packages = [argument for argument in sys.argv[1:] if "==" in argument]
subprocess.check_call([sys.executable, "-m", "ensurepip"])
subprocess.check_call([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *packages])
"""


def official_script() -> tuple[str, Path]:
    """Address and place in the cache of the script that the installed ansible-test wants."""
    requirements = importlib.import_module("ansible_test._internal.python_requirements")
    pip = requirements.get_venv_packages(types.SimpleNamespace(version="3"))["pip"]
    address = re.search(r"'(https://[^']*get-pip-%s\.py)'", Path(requirements.REQUIREMENTS_SCRIPT_PATH).read_text(encoding="utf-8"))
    if not address:
        raise SystemExit("ansible-test no longer names the address of its pip bootstrap script where this looks for it")
    cached = Path.home() / ".ansible" / "test" / "cache" / f"get_pip_{pip.replace('.', '_')}.py"
    return address[1] % pip, cached


def reachable(address: str) -> bool:
    """Whether the address answers, soon."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=SECONDS_TO_ANSWER):
            return True
    except OSError:
        return False


def main() -> None:
    """Fill the cache where ansible-test could not do so by itself."""
    address, cached = official_script()
    if cached.exists() or reachable(address):
        return
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.write_text(STAND_IN, encoding="utf-8")
    print(f"{address} is out of reach: wrote {cached}, which uses ensurepip")


if __name__ == "__main__":
    main()
