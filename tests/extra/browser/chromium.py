# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chromium without a window."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def find_chromium() -> str:
    """Return the path of Chromium."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("Chromium is missing. Install the package chromium.")
    return program


def browse(program: str, page: Path, *arguments: str) -> str:
    """Open a page in Chromium with a new profile, and return the output."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, *OPTIONS, f"--user-data-dir={profile}", *arguments, page.as_uri()]
        process = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
    if process.returncode:
        raise SystemExit(f"Chromium exited with {process.returncode}.\n{process.stderr}")
    return process.stdout


def take_screenshot(program: str, page: Path, picture: Path, width: int, height: int, *arguments: str) -> None:
    """Write a PNG picture of the upper part of a page."""
    browse(program, page, f"--screenshot={picture}", f"--window-size={width},{height}", *arguments)
