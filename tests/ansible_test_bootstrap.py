# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Provide the pip bootstrap script of ``ansible-test --venv`` when its download site is unreachable.

ansible-test creates environments without pip and downloads a script that installs pip. If that
script is neither cached nor reachable, write a replacement to the cache that installs pip with
ensurepip. Run this with the Python that ansible-test is installed in.
"""

from __future__ import annotations

import importlib
import re
import types
import urllib.error
import urllib.request
from pathlib import Path

TIMEOUT_SECONDS = 5

# ansible-test calls it with the packages to install and the options of the official script. Each
# step runs in a separate process, because pip cannot replace itself while it runs.
REPLACEMENT_SCRIPT = """\
import subprocess
import sys

packages = [argument for argument in sys.argv[1:] if "==" in argument]
subprocess.check_call([sys.executable, "-m", "ensurepip"])
subprocess.check_call([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *packages])
"""


def find_official_script() -> tuple[str, Path]:
    """Return the URL and the cache path of the bootstrap script of the installed ansible-test."""
    requirements = importlib.import_module("ansible_test._internal.python_requirements")
    pip = requirements.get_venv_packages(types.SimpleNamespace(version="3"))["pip"]
    match = re.search(
        r"'(https://[^']*get-pip-%s\.py)'", Path(requirements.REQUIREMENTS_SCRIPT_PATH).read_text(encoding="utf-8")
    )
    if not match:
        raise SystemExit(
            "The URL of the pip bootstrap script was not found in ansible-test. Update this script for the new version."
        )
    cached = Path.home() / ".ansible" / "test" / "cache" / f"get_pip_{pip.replace('.', '_')}.py"
    return match[1] % pip, cached


def is_reachable(url: str) -> bool:
    """Return whether the URL responds within the timeout."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=TIMEOUT_SECONDS):
            return True
    except OSError:
        return False


def main() -> None:
    """Fill the cache if ansible-test cannot."""
    url, cached = find_official_script()
    if cached.exists() or is_reachable(url):
        return
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.write_text(REPLACEMENT_SCRIPT, encoding="utf-8")
    print(f"{url} is unreachable, so {cached} was written. It uses ensurepip.")


if __name__ == "__main__":
    main()
