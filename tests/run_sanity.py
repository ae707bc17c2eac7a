# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-test sanity`` on the artifact, built and installed: what is checked is what ships.

Usage: .venv-sanity/bin/python tests/run_sanity.py [arguments of ansible-test sanity]

ansible-test makes a virtual environment for each of its tests and fetches the script that puts pip into them from a
host of its own, which is often out of reach. It looks into its cache first, so a stand-in waits there: it takes pip
from a wheel that came from the same package index as everything else. That cache is in the home folder; a home of its
own in the environment keeps the real one as it was.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import ansible_test

REPOSITORY = Path(__file__).resolve().parents[1]
ENVIRONMENT = Path(sys.prefix)
HOME = ENVIRONMENT / "home"
COLLECTIONS = ENVIRONMENT / "collections"
CONTENT = COLLECTIONS / "ansible_collections" / "changegate" / "snow"

STAND_IN = """\
import sys
sys.path.insert(0, {wheel!r})
from pip._internal.cli.main import main
sys.exit(main(["install", "--quiet", *[a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]]))
"""


def provide_pip() -> None:
    """Put the stand-in there for the versions of pip that this ansible-test asks for."""
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    source = Path(ansible_test.__path__[0], "_internal", "python_requirements.py").read_text(encoding="utf-8")
    for version in set(re.findall(r"\bpip='([\d.]+)'", source)):
        script = cache / f"get_pip_{version.replace('.', '_')}.py"
        if not script.exists():
            pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "download", "--no-deps", "--dest", str(cache), f"pip=={version}"], check=True)
            (wheel,) = cache.glob(f"pip-{version}-*.whl")
            script.write_text(STAND_IN.format(wheel=str(wheel)), encoding="utf-8")


def keep_pip_settings() -> None:
    """The user's package index and download cache hold in the other home too."""
    for name in (".config/pip", ".cache/pip", ".pip", ".netrc"):
        real, link = Path.home() / name, HOME / name
        if real.exists() and not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(real)


def search_path() -> str:
    """PATH with this environment first and, for the tests that run on several Pythons, those of pyenv.

    pyenv's own shims are left out: each claims to be a Python that may not be switched on.
    """
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    inherited = [entry for entry in os.environ["PATH"].split(os.pathsep) if Path(entry) != root / "shims"]
    pyenv = map(str, root.glob("versions/3.*/bin"))
    return os.pathsep.join([str(ENVIRONMENT / "bin"), *inherited, *pyenv])


def install_artifact() -> None:
    """Build the collection and install it, as its users do."""
    shutil.rmtree(COLLECTIONS, ignore_errors=True)
    galaxy = [sys.executable, "-m", "ansible.cli.galaxy", "collection"]
    subprocess.run([*galaxy, "build", "--force", "--output-path", str(COLLECTIONS), str(REPOSITORY)], check=True)
    (artifact,) = COLLECTIONS.glob("*.tar.gz")
    subprocess.run(
        [*galaxy, "install", "--offline", "--no-deps", "-p", str(COLLECTIONS), str(artifact)],
        check=True,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)},
    )
    # ansible-test asks git which files there are, and the checkout around this folder would say: none, it is ignored.
    subprocess.run(["git", "init", "--quiet", str(CONTENT)], check=True)


def main() -> int:
    """Exit with what ansible-test says."""
    provide_pip()
    keep_pip_settings()
    install_artifact()
    command = [str(ENVIRONMENT / "bin" / "ansible-test"), "sanity", "--color", "no", *sys.argv[1:]]
    environment = {**os.environ, "HOME": str(HOME), "PATH": search_path()}
    return subprocess.run(command, cwd=CONTENT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
