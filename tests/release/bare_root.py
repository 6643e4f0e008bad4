"""A root folder with nothing but some of Debian's shared libraries, and programs run in it."""

import os
import pathlib
import re
import shutil
import subprocess

LIBRARIES = "/usr/lib/x86_64-linux-gnu"


def with_dependencies(packages):
    """The packages that are installed along with these, themselves included."""
    found, waiting = set(), list(packages)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        shown = subprocess.run(["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Depends}, ${Pre-Depends}", name],
                               capture_output=True, text=True, check=False).stdout
        if not shown.startswith("installed "):
            continue  # One of alternatives.
        found.add(name)
        waiting += re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9.+-]*)", shown.removeprefix("installed "))
    return sorted(found)


class BareRoot:
    """The libraries of some packages and of what they depend on. The loader is there, and no program."""

    def __init__(self, folder, packages):
        self.folder = pathlib.Path(folder)
        for name in ("dev", "home", "proc", "tmp", f"{LIBRARIES[1:]}", "usr/lib64"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "lib").symlink_to("usr/lib")
        (self.folder / "lib64").symlink_to("usr/lib64")
        for package in with_dependencies(packages):
            for line in subprocess.run(["dpkg-query", "--listfiles", package], capture_output=True, text=True,
                                       check=True).stdout.splitlines():
                self._take(pathlib.Path(line if line.startswith("/usr") else f"/usr{line}"))

    def _take(self, path):
        """A shared library, or a link to one."""
        if str(path.parent) not in (LIBRARIES, "/usr/lib64") or ".so" not in path.name or path.is_dir():
            return
        place = self.folder / str(path)[1:]
        if path.is_symlink():
            place.symlink_to(os.readlink(path))
        elif path.exists():
            shutil.copy(path, place)

    def libraries(self):
        return sorted(path.name for path in (self.folder / LIBRARIES[1:]).iterdir())

    def command(self, *arguments):
        """What runs a program there, in namespaces of its own: it sees no other process and no other file."""
        own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        return ["unshare", *own, "--mount", "--pid", "--fork", "--kill-child", "--net", f"--mount-proc={self.folder}/proc",
                shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin"), str(self.folder), *map(str, arguments)]

    environment = {"HOME": "/home", "PATH": "/bin"}
