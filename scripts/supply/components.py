"""What Nextline is made of, as the lists in the repository say it.

A list is a lock file of npm, a file of requirements of pip, the packages of Debian that
`scripts/bootstrap` installs, or the catalogue of models. What they do not tell stands in facts.toml.
"""

import base64
import dataclasses
import json
import pathlib
import re
import tomllib


class Problem(Exception):
    """Something is used that is not pinned, or not known; a sentence says what."""


@dataclasses.dataclass(frozen=True)
class Component:
    """Something that others made."""

    kind: str  # "npm", "python", "debian" or "model".
    name: str
    version: str  # Empty for Debian's: that of the release.
    licence: str  # An SPDX expression.
    use: str  # "ship", "machine", "build", "test", "measure" or "run".
    source: str  # The list, below the repository.
    hashes: tuple = ()  # Pairs of an algorithm and hexadecimal digits.


class Repository:
    """The lists of a repository."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.facts = tomllib.loads((self.root / "scripts/supply/facts.toml").read_text())

    def components(self):
        """All there is, in a fixed order. Raises the first `Problem`."""
        self._check_lists()
        found = list(self._debian())
        for path in sorted(self.facts["lists"]):
            read = self._npm if path.endswith("package-lock.json") else self._python
            found += read(path)
        return found + list(self._models())

    def lists(self):
        """Whatever names packages, below the repository."""
        paths = [*self.root.rglob("package-lock.json"), *self.root.rglob("*requirements*.txt")]
        below = (path.relative_to(self.root) for path in paths)
        return sorted(str(path) for path in below if not {"build", "node_modules", ".git"} & set(path.parts))

    def _check_lists(self):
        known = sorted(self.facts["lists"])
        for path in self.lists():
            if path not in known:
                raise Problem(f"{path} is not in scripts/supply/facts.toml")
        for path in known:
            if not (self.root / path).exists():
                raise Problem(f"scripts/supply/facts.toml names {path}, which there is not")

    # Debian

    def _debian(self):
        shipped = sorted({*self.facts["shipped_libraries"].values(), *self.facts["compiled_in"]["debian"]})
        machine = sorted(set(self.facts["machine_libraries"].values()))
        facts = "scripts/supply/facts.toml"
        for name in shipped:
            yield self._of_debian(name, "ship", facts)
        for name in machine:
            yield self._of_debian(name, "machine", facts)
        for group, names in self.bootstrap_groups().items():
            for name in sorted(names):
                yield self._of_debian(name, "build" if group == "build" else "test", "scripts/bootstrap")

    def _of_debian(self, name, use, source):
        return Component("debian", name, "", self._licence("debian", name, source), use, source)

    def bootstrap_groups(self):
        """The packages that `scripts/bootstrap` installs, by its groups."""
        groups = {}
        script = (self.root / "scripts/bootstrap").read_text()
        for group, names in re.findall(r"^ *(?:command .*\|\| )?([a-z]+)\+?=\(([^)]*)\)", script, re.MULTILINE):
            if group in ("wanted", "missing"):
                continue
            groups.setdefault(group, []).extend(names.split())
        # What is in several groups stands in the first.
        taken = set()
        for group, names in groups.items():
            groups[group] = [name for name in dict.fromkeys(names) if name not in taken]
            taken.update(names)
        return groups

    # npm

    def _npm(self, path):
        lock = json.loads((self.root / path).read_text())
        about = self.facts["lists"][path]
        packages = {key: value for key, value in lock["packages"].items() if key}
        shipped = self._shipped(lock["packages"][""], packages, about.get("shipped", []), path)
        for key, package in sorted(packages.items()):
            name = key.rsplit("node_modules/", 1)[1]
            if "integrity" not in package:
                raise Problem(f"{path}: {name} has no hash")
            yield Component("npm", name, package["version"],
                            self._licence("npm", name, path, package.get("license", "")),
                            "ship" if key in shipped else about["use"], path,
                            tuple(_hashes_of_integrity(package["integrity"])))

    @staticmethod
    def _shipped(own, packages, roots, path):
        """The keys of what is shipped."""
        if roots == ["*"]:
            return {f"node_modules/{name}" for name in own["dependencies"]}
        shipped, waiting = set(), [(None, name) for name in roots]
        while waiting:
            parent, name = waiting.pop()
            key = _find(packages, parent, name)
            if key is None:
                raise Problem(f"{path} does not have {name}, which is shipped")
            if key not in shipped:
                shipped.add(key)
                waiting += [(key, dependency) for dependency in packages[key].get("dependencies", {})]
        return shipped

    # pip

    def _python(self, path):
        about = self.facts["lists"][path]
        lines = (self.root / path).read_text().replace("\\\n", " ").splitlines()
        for line in lines:
            line = line.split("#", 1)[0].strip() if line.startswith("#") else line.strip()
            if not line:
                continue
            pinned = re.match(r"([A-Za-z0-9._-]+)==(\S+)", line)
            if not pinned:
                raise Problem(f"{path}: \"{line}\" does not name one version")
            hashes = re.findall(r"--hash=(sha256):([0-9a-f]{64})\b", line)
            if not hashes:
                raise Problem(f"{path}: {pinned[1]} has no hash")
            name = re.sub(r"[-_.]+", "-", pinned[1]).lower()
            yield Component("python", name, pinned[2], self._licence("python", name, path), about["use"], path,
                            tuple(hashes))

    # Models

    def _models(self):
        path = "server/models/catalogue.cc"
        source = (self.root / path).read_text()
        default = re.search(r'kDefaultModel = "([^"]+)"', (self.root / "server/models/catalogue.h").read_text())[1]
        for entry in re.findall(r"\{\.name = .*?\.sources", source, re.DOTALL):
            name = re.search(r'\.name = (?:"([^"]+)"|std::string\(kDefaultModel\))', entry)[1] or default
            sha256 = re.search(r'\.sha256 = "([0-9a-f]{64})"', entry)
            licence = re.search(r'\.licence = "([^"]+)"', entry)
            if not sha256 or not licence:
                raise Problem(f"{path}: {name} has no hash or no licence")
            yield Component("model", name, "", licence[1], "run", path, (("sha256", sha256[1]),))

    def _licence(self, kind, name, source, said=""):
        known = self.facts["licences"][kind]
        if said and not said.startswith("SEE "):
            return said
        for known_name, licence in known.items():
            if name == known_name or (kind == "npm" and name.startswith(known_name)):
                return licence
        raise Problem(f"{source}: the licence of {name} is not in scripts/supply/facts.toml")


def unhashed_installs(root):
    """Where a script, or a page, has a package client install something of which it asks no hash: pairs
    of a place and a line."""
    found = []
    for folder in ("scripts", "tests", "docs", "server", "editor-plugins"):
        for path in sorted((root / folder).rglob("*")):
            if not path.is_file() or {"node_modules", "corpora"} & set(path.parts):
                continue
            try:
                text = path.read_text().replace("\\\n", " ")
            except UnicodeDecodeError:
                continue
            for line in text.splitlines():
                pip = re.search(r"\bpip3? (install|download)\b|\"pip\", \"install\"", line)
                if pip and "--require-hashes" not in line and "…" not in line:
                    found.append((str(path.relative_to(root)), line.strip()))
                if re.search(r"\bnpm (install|i|add)\b", line):
                    found.append((str(path.relative_to(root)), line.strip()))
    return found


def _find(packages, parent, name):
    """The key of a dependency, as Node looks for it: within its parent first."""
    while parent is not None:
        key = f"{parent}/node_modules/{name}"
        if key in packages:
            return key
        parent = parent.rsplit("/node_modules/", 1)[0] if "/node_modules/" in parent else None
    key = f"node_modules/{name}"
    return key if key in packages else None


def _hashes_of_integrity(integrity):
    for each in integrity.split():
        algorithm, digest = each.split("-", 1)
        yield algorithm, base64.b64decode(digest).hex()
