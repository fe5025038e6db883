"""Make a virtual environment with this project in it: ``environment.py FOLDER EXTRA [EXTRA ...]``.

Does nothing where the environment is there and as new as ``setup.cfg``; waits where another one is
at it. Needs nothing but Python.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main(folder: str, *extras: str) -> None:
    """Create the environment, or leave it as it is."""
    environment = ROOT / folder
    environment.parent.mkdir(parents=True, exist_ok=True)
    with environment.with_name(f"{environment.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (ROOT / "setup.cfg").read_text() + ",".join(extras)
        installed = environment / "installed.txt"
        if installed.exists() and installed.read_text() == wanted:
            return
        print(f"Setting up {folder} ...", flush=True)
        venv.create(environment, with_pip=True)
        pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run(
            [*pip, "install", "--quiet", "--editable", f".[{','.join(extras)}]"],
            cwd=ROOT,
            check=True,
        )
        installed.write_text(wanted)


if __name__ == "__main__":
    main(*sys.argv[1:])
