"""Builds the smallest Python packages that an installer accepts."""

import zipfile


def build_wheel(directory, package, version, files):
    """Writes a wheel with these files ({path: bytes}) into `directory`."""
    module = package.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    entries = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*entries, f"{info}/RECORD"])
    directory.mkdir(exist_ok=True)
    with zipfile.ZipFile(directory / f"{module}-{version}-py3-none-any.whl", "w") as wheel:
        for path, content in {**entries, f"{info}/RECORD": record}.items():
            wheel.writestr(path, content)
