#!/usr/bin/env python3
"""Prints what is linked into Minke's programs as SPDX 2.3.

    Packaging/make_sbom.py FOLDER-OF-SWIFT-PACKAGES

The folder is what Tools/make_deb.sh makes: a package a folder, its version in .version.
"""
import datetime
import json
import os
import pathlib
import subprocess
import sys

# Parts of other projects inside of these packages.
WITHIN = {
    "swift-nio": [("llhttp", "MIT", "the HTTP parser, in CNIOLLHTTP"), ("freebsd-sha1", "BSD-3-Clause", "in CNIOSHA1")],
}


def package(name, version, licence, location, comment=None):
    entry = {
        "SPDXID": f"SPDXRef-{name}", "name": name, "versionInfo": version, "downloadLocation": location,
        "licenseConcluded": licence, "licenseDeclared": licence, "copyrightText": "NOASSERTION", "filesAnalyzed": False,
    }
    return entry | ({"comment": comment} if comment else {})


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    version = next(
        line.split('"')[1] for line in (root / "Sources/Server/ProductVersion.swift").read_text().splitlines()
        if "current" in line)
    # Programs that were built elsewhere have another compiler's runtime in them.
    swift = os.environ.get("MINKE_SWIFT") or subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.split("version ")[1].split()[0]
    packages = [package("minke", version, "Apache-2.0", "NOASSERTION")]
    packages.append(
        package(
            "swift-runtime", swift, "Apache-2.0 WITH Swift-exception", "https://www.swift.org",
            "standard library, concurrency, Dispatch, FoundationEssentials"))
    for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        found = (folder / ".version").read_text().strip()
        packages.append(package(folder.name, found, "Apache-2.0", f"https://github.com/apple/{folder.name}"))
        for name, licence, comment in WITHIN.get(folder.name, []):
            packages.append(package(name, "NOASSERTION", licence, "NOASSERTION", comment))
    moment = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"minke-{version}",
        "documentNamespace": f"https://minke.invalid/spdx/minke-{version}",
        "creationInfo": {"created": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: make_sbom.py"]},
        "packages": packages,
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-minke"}
        ] + [
            {"spdxElementId": "SPDXRef-minke", "relationshipType": "STATIC_LINK", "relatedSpdxElement": entry["SPDXID"]}
            for entry in packages[1:]
        ],
    }
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
