"""The program as it can be taken elsewhere: what it is linked with beside it, and the licences of all."""

import json
import pathlib
import re
import shutil
import subprocess

from .components import Problem

LICENCE_FILES = re.compile(r"^(licen[cs]e|copying|notice)", re.IGNORECASE)
COMMON_LICENCES = pathlib.Path("/usr/share/common-licenses")


def output_of(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def needed_by(file):
    """The libraries that a program or a library names itself."""
    return re.findall(r"\(NEEDED\)\s+Shared library: \[([^]]+)\]", output_of("readelf", "--dynamic", "--wide", file))


def linked_libraries(facts, program):
    """The libraries to ship with a program: their names, and where the loader finds them. Raises a
    `Problem` for one that is neither to be shipped nor the machine's."""
    found = dict(re.findall(r"^\s*(\S+) => (/\S+)", output_of("ldd", program), re.MULTILINE))
    shipped, waiting, seen = {}, [program], set()
    while waiting:
        user = waiting.pop()
        for name in needed_by(user):
            if name in seen:
                continue
            seen.add(name)
            if name in facts["shipped_libraries"]:
                shipped[name] = pathlib.Path(found[name]).resolve()
                waiting.append(shipped[name])
            elif name not in facts["machine_libraries"]:
                raise Problem(f"{pathlib.Path(user).name} is linked with {name}, which is not in scripts/supply/facts.toml")
    for name in sorted(set(facts["shipped_libraries"]) - set(shipped)):
        raise Problem(f"scripts/supply/facts.toml ships {name}, which nothing is linked with")
    return dict(sorted(shipped.items()))


def check_packages(facts, libraries):
    """The libraries are the files of the packages that the facts name."""
    for name, path in libraries.items():
        package = facts["shipped_libraries"][name]
        # Where /lib is a link, dpkg may know the file by the link's name.
        places = [path, pathlib.Path(str(path).removeprefix("/usr"))]
        owners = subprocess.run(["dpkg-query", "--search", *map(str, places)], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True, check=False).stdout
        if f"{package}:" not in owners:
            raise Problem(f"{path} is not of Debian's package {package}")


def put_program(facts, program, folder):
    """Puts the program into `bin`, without symbols, and what it is to be shipped with into `lib`."""
    libraries = linked_libraries(facts, program)
    check_packages(facts, libraries)
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "lib").mkdir(exist_ok=True)
    output_of("strip", "--strip-all", "-o", folder / "bin/nextline", program)
    for name, path in libraries.items():
        shutil.copyfile(path, folder / "lib" / name)


def put_licences(components, packages_of, folder):
    """Puts the texts of components' licences into a folder. `packages_of` says where the packages of a lock
    file lie; those of other lock files are left out."""
    common = set()
    for component in components:
        if component.kind == "debian":
            texts = [pathlib.Path("/usr/share/doc", component.name, "copyright")]
            common.update(re.findall(rf"{COMMON_LICENCES}/([A-Za-z0-9.-]*[A-Za-z0-9])", texts[0].read_text()))
        elif component.source in packages_of:
            texts = _licences_of_package(packages_of[component.source] / "node_modules" / component.name)
        else:
            continue
        into = folder / component.name.replace("/", "-").removeprefix("@")
        into.mkdir(parents=True, exist_ok=True)
        for text in texts:
            shutil.copyfile(text, into / text.name)
    for name in sorted(common):
        if (COMMON_LICENCES / name).exists():
            (folder / "common-licenses").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(COMMON_LICENCES / name, folder / "common-licenses" / name)


def _licences_of_package(folder):
    """The files of a package that say its licence; where there is none, its description does."""
    texts = sorted(path for path in folder.iterdir() if path.is_file() and LICENCE_FILES.match(path.name))
    if texts:
        return texts
    description = folder / "package.json"
    if not json.loads(description.read_text()).get("license"):
        raise Problem(f"{folder} does not say its licence")
    return [description]


def versions_of_debian(components):
    """The versions of Debian's packages that are installed here, by name; and of these the ones that are
    shipped must be."""
    names = sorted({component.name for component in components if component.kind == "debian"})
    listed = subprocess.run(["dpkg-query", "--show", "--showformat", "${Package} ${Version} ${db:Status-Status}\n", *names],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    versions = {}
    for line in listed.splitlines():
        name, version, status = line.split(" ")
        if status == "installed":
            versions[name] = version
    for component in components:
        if component.kind == "debian" and component.use == "ship" and component.name not in versions:
            raise Problem(f"Debian's package {component.name} is not installed")
    return versions
