"""The inventory, for people and for programs."""

import collections
import hashlib
import json
import re
import time

USES = {
    "ship": "in the archive",
    "machine": "of the machine",
    "build": "to build",
    "test": "to test",
    "measure": "to measure",
    "run": "fetched by users",
}

HEAD = """\
# What Nextline is made of

`scripts/inventory` makes this page from the lock files and from `scripts/supply/facts.toml`; a test holds
that nothing is missing. Everything that is fetched is pinned by its hash, but for Debian's packages: these
are those of the release, which Debian signs. `nextline.spdx.json` in the archive (`make release`) names all
of it in SPDX 2.3, with the hashes, and with the exact versions of Debian's packages that went into it.
"""


def _table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def _named(components):
    """Rows of names and licences; what comes in several versions has one row."""
    versions = collections.defaultdict(set)
    for component in components:
        versions[(component.name, component.licence)].add(component.version)
    return [[f"`{name}`", ", ".join(sorted(filter(None, found))) or "Debian 12's", licence]
            for (name, licence), found in sorted(versions.items())]


def _licences(components):
    counts = collections.Counter(component.licence for component in components)
    return ", ".join(f"{licence} ({count})" for licence, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def page(repository, components):
    """docs/dependencies.md."""
    of_use = collections.defaultdict(list)
    for component in components:
        of_use[component.use].append(component)
    facts = repository.facts
    parts = [HEAD]

    parts.append("## In the archive\n\nCompiled into the program, bundled into the extension or the playground's page, or "
                 "as a library of its own in `lib`. The archive has the text of each licence, in `licences`.\n")
    parts.append(_table(["what", "version", "licence"], _named(of_use["ship"])))
    parts.append("The libraries in `lib` are Debian's files as they are; their sources are Debian's source packages of the "
                 "versions that the archive's inventory names.\n")
    parts.append(_table(["library", "package"], [[f"`{library}`", f"`{package}`"] for library, package
                                                 in sorted(facts["shipped_libraries"].items())]))

    parts.append("## Of the machine\n\nThe C and C++ libraries, and what speaks over the network or encrypts: that is never "
                 "shipped, so that it has the machine's security updates.\n")
    parts.append(_table(["package", "version", "licence"], _named(of_use["machine"])))

    parts.append("## Fetched by users\n\nA model, by `nextline models fetch`. Its hash decides, wherever it comes from.\n")
    parts.append(_table(["model", "SHA-256", "licence"], [[f"`{each.name}`", f"`{each.hashes[0][1]}`", each.licence]
                                                          for each in of_use["run"]]))

    for use, title in (("build", "To build"), ("test", "To test"), ("measure", "To measure")):
        parts.append(f"## {title}\n")
        of_debian = [each for each in of_use[use] if each.kind == "debian"]
        if of_debian:
            parts.append("Debian's packages, by `scripts/bootstrap`:\n")
            parts.append(_table(["package", "licence"], [[f"`{each.name}`", each.licence] for each in of_debian]))
        rows = []
        for path, about in sorted(facts["lists"].items()):
            here = [each for each in of_use[use] if each.source == path]
            if here:
                rows.append([f"`{path}`", about["what"], str(len(here)), _licences(here)])
        parts.append(_table(["list", "what", "packages", "licences"], rows))

    parts.append("## Licences without an SPDX identifier\n")
    parts.append(_table(["name", "what it is"], [[f"`{name}`", text] for name, text in sorted(facts["licence_references"].items())]))
    return "\n".join(parts)


# SPDX's names of the relationships between what something is used for and Nextline.
_RELATIONSHIPS = {
    "machine": "RUNTIME_DEPENDENCY_OF",
    "build": "BUILD_TOOL_OF",
    "test": "TEST_TOOL_OF",
    "measure": "DEV_TOOL_OF",
    "run": "OPTIONAL_DEPENDENCY_OF",
}
# Files of the archive that the inventory cannot be about.
ABOUT_ALL = ("nextline.spdx.json", "SHA256SUMS")
_PACKAGE_URLS = {"npm": "npm", "python": "pypi", "debian": "deb/debian"}


def _identifier(*parts):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", "-".join(filter(None, parts)))


def _package(component, version):
    package = {
        "SPDXID": _identifier(component.kind, component.name, version, component.use),
        "name": component.name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": component.licence,
        "licenseDeclared": component.licence,
        "copyrightText": "NOASSERTION",
        "comment": f"Used {USES[component.use]}; named by {component.source}.",
    }
    if version:
        package["versionInfo"] = version
    if component.hashes:
        package["checksums"] = [{"algorithm": algorithm.upper(), "checksumValue": digest}
                                for algorithm, digest in component.hashes]
    if component.kind in _PACKAGE_URLS:
        name = component.name.replace("@", "%40") + (f"@{version}" if version else "")
        package["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                    "referenceLocator": f"pkg:{_PACKAGE_URLS[component.kind]}/{name}"}]
    return package


def _verification_code(files):
    """SPDX 2.3, 7.9: of the files' sums, in ascending order."""
    sums = sorted(hashlib.sha1(content).hexdigest() for _, content in files)
    return hashlib.sha1("".join(sums).encode()).hexdigest()


def spdx(repository, components, release, files, versions):
    """The inventory in SPDX 2.3, as an object. `release` has the version, the commit and its time in
    seconds, `files` are pairs of a name in the archive and its bytes, but for the two that are about all
    others, `versions` are those of Debian's
    packages on this machine, by name."""
    own = "SPDXRef-nextline"
    packages = [{
        "SPDXID": own, "name": "nextline", "versionInfo": release["version"],
        "downloadLocation": "NOASSERTION", "filesAnalyzed": True, "licenseConcluded": "Apache-2.0",
        "licenseDeclared": "Apache-2.0", "licenseInfoFromFiles": ["NOASSERTION"], "copyrightText": "NOASSERTION",
        "packageVerificationCode": {"packageVerificationCodeValue": _verification_code(files),
                                    "packageVerificationCodeExcludedFiles": list(ABOUT_ALL)},
        "sourceInfo": f"Built from the commit {release['commit']}.",
    }]
    relationships = [("SPDXRef-DOCUMENT", "DESCRIBES", own)]
    known = set()
    for component in components:
        package = _package(component, component.version or versions.get(component.name, ""))
        if package["SPDXID"] in known:
            continue
        known.add(package["SPDXID"])
        packages.append(package)
        if component.use == "ship":
            relationships.append((own, "CONTAINS", package["SPDXID"]))
        else:
            relationships.append((package["SPDXID"], _RELATIONSHIPS[component.use], own))
    described = []
    for name, content in files:
        identifier = _identifier("file", name)
        described.append({
            "SPDXID": identifier, "fileName": f"./{name}",
            "checksums": [{"algorithm": "SHA1", "checksumValue": hashlib.sha1(content).hexdigest()},
                          {"algorithm": "SHA256", "checksumValue": hashlib.sha256(content).hexdigest()}],
            "licenseConcluded": "NOASSERTION", "licenseInfoInFiles": ["NOASSERTION"], "copyrightText": "NOASSERTION",
        })
        relationships.append((own, "CONTAINS", identifier))
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"nextline-{release['version']}",
        "documentNamespace": f"https://spdx.org/spdxdocs/nextline-{release['version']}-{release['commit']}",
        "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(release["time"])),
                         "creators": ["Tool: nextline-scripts-inventory"]},
        "packages": packages,
        "files": described,
        "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
                          for one, kind, other in relationships],
        "hasExtractedLicensingInfos": [{"licenseId": name, "name": name, "extractedText": text}
                                       for name, text in sorted(repository.facts["licence_references"].items())],
    }


def text_of(document):
    return json.dumps(document, indent=1, sort_keys=True) + "\n"
