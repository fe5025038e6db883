"""Take the pictures of README.md and of the documents: ``make screenshots``.

Serves the example project with a database of its own, and opens it in a headless Chromium.
"""

from __future__ import annotations

import html
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.requirements import chromium  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROJECT = ROOT / "example_project"
IMAGES = Path(__file__).parent / "images"
SHOP = "/shop/teapot/buy/?quantity=3"
LIST = "/admin/django_http4xx/explanation/"
CURL = "curl -H 'Accept: application/json' \\\n  'http://127.0.0.1:8000{path}'"

TERMINAL = """<!doctype html><style>
:root {{ color-scheme: light dark }}
body {{ margin: 0; padding: 48px 36px; font: 16px/1.75 ui-monospace, monospace }}
body {{ background: light-dark(#fcfcfb, #14171b); color: light-dark(#1f2328, #e6e9ed) }}
pre {{ margin: 0; font: inherit; white-space: pre-wrap }}
b {{ color: light-dark(#0b5cad, #8cc4ff); font-weight: 500 }}
</style><pre><b>{command}</b>

{answer}</pre>"""


def main() -> None:
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "EXAMPLE_DATABASE": str(Path(folder) / "db.sqlite3"),
        }
        server = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(port)
            _return_to_the_built_in_words(environment)
            with chromium() as browser:
                for scheme in ("light", "dark"):
                    _take(browser, f"http://127.0.0.1:{port}", scheme)
        finally:
            server.terminate()
            server.wait()


def _return_to_the_built_in_words(environment: dict[str, str]) -> None:
    """Show the words of the class that README.md shows, and not those of the shop's editors."""
    code = "from django_http4xx.models import Explanation as E; E.objects.filter(problem_type='out-of-stock').delete()"
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code],
        cwd=PROJECT,
        env=environment,
        check=True,
    )
    # Other processes see it within `EXPLANATIONS_MAX_AGE` seconds.
    time.sleep(6)


def _take(browser: Browser, site: str, scheme: str) -> None:
    context = browser.new_context(base_url=site, color_scheme=scheme, locale="en-GB")  # type: ignore[arg-type]
    page = context.new_page()

    def save(name: str, width: int, height: int) -> None:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=IMAGES / f"{name}-{scheme}.png", animations="disabled")

    page.goto(SHOP)
    save("page", 760, 620)
    answer = html.escape(_asked(site + SHOP))
    # The policy of the page would forbid the style.
    page.goto("about:blank")
    page.set_content(TERMINAL.format(command=html.escape(CURL.format(path=SHOP)), answer=answer))
    save("json", 760, 620)
    _sign_in(page)
    page.goto(LIST)
    save("overview", 1100, 760)
    entry = page.locator("li", has=page.locator("code", has_text="conflict")).first
    entry.get_by_role("link", name="Customise").click()
    page.wait_for_load_state("networkidle")
    save("form", 1440, 900)
    context.close()


def _sign_in(page: Page) -> None:
    page.goto("/admin/login/")
    page.locator("#id_username").fill("demo")
    page.locator("#id_password").fill("demo")
    page.locator("[type=submit]").click()


def _asked(address: str) -> str:
    """The body as somebody reads it who pipes it through a formatter, at the port of the README."""
    request = urllib.request.Request(address, headers={"Accept": "application/json"})
    try:
        urllib.request.urlopen(request)
    except HTTPError as error:
        text = json.dumps(json.load(error), indent=2, ensure_ascii=False)
        return text.replace(address.split("/")[2], "127.0.0.1:8000")
    raise AssertionError(address)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/shop/")
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise RuntimeError("The example project does not start.")


if __name__ == "__main__":
    main()
