#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Build the documentation as a site below the given folder, and check all links. Run it with "make docs".

set -euo pipefail

site="$1"
pages="$site/rst"
docsite=docs/docsite

rm -rf "$site"
install -d -m 755 "$site" "$pages"
antsibull-docs collection --dest-dir "$pages" --use-current --squash-hierarchy --no-indexes --fail-on-error dasha.blackbox
# antsibull-docs copies neither the start page nor pictures.
cp "$docsite/index.rst" "$pages"
cp "$docsite"/rst/*.{png,svg} "$pages/docsite"
sphobjinv convert zlib "$docsite/ansible_labels.txt" "$pages/ansible_labels.inv"
sphinx-build -M html "$pages" "$site/build" -c "$docsite" -W --keep-going

texts=("$site/build/html/**/*.html" '**/*.md' galaxy.yml '.github/**/*.yml')
lychee=(lychee --config docs/lychee.toml --no-progress --hidden --root-dir "$site")
"${lychee[@]}" --offline "${texts[@]}"
# The configuration excludes the known hosts.
unknown="$("${lychee[@]}" --dump --scheme http --scheme https "${texts[@]}")"
if [ -n "$unknown" ]; then
    printf 'Links to hosts that docs/lychee.toml does not list:\n%s\n' "$unknown" >&2
    exit 1
fi
echo "open $site/build/html/index.html"
