"""A git repository in a test's working directory."""

import os
import pathlib
import subprocess


class SampleRepository:
    """Made in `folder`, without what the user has configured."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet")

    def git(self, *arguments):
        identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=self.folder, check=True,
                       env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})

    def commit(self, name, text):
        (self.folder / name).write_text(text)
        self.git("add", "--force", name)
        self.git("commit", "--quiet", "--message", "Change")
