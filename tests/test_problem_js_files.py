"""problem.js as a file: its size, its types, and where its texts come from."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from django.template import Context, Template
from django.utils.translation import override

from .problem_js import SCRIPT, STATIC
from .requirements import npm

TYPES = """
import {fetchProblem, localTimes, markFields, ProblemError, type FieldError} from './problem.js'

async function send(form: HTMLFormElement): Promise<Response | undefined> {
    const alert = document.querySelector('problem-alert')!
    try {
        return await fetchProblem('/orders/', {method: 'POST', body: new FormData(form)})
    } catch (error) {
        if (error instanceof ProblemError) {
            const until: Date | null = error.retryAfter
            const loose: FieldError[] = markFields(form, error)
            const texts: (string | undefined)[] = [error.title, error.problem.detail, loose[0]?.detail]
            const status: number = error.status
            console.log(until?.toISOString(), texts, status, error.cause, error.sku)
        }
        alert.show(error, form)
        alert.clear()
        localTimes(alert)
        return undefined
    }
}
document.querySelector('problem-alert')?.addEventListener('retry', () => send(document.forms[0]!))
"""

MISTAKES = {
    "a missing form": "markFields()",
    "a date as a number": "const wait: number = new ProblemError().retryAfter",
    "another export": "import {problems} from './problem.js'",
}


def test_the_module_is_at_most_three_kilobytes_minified():
    command = [npm(".bin/esbuild"), "--minify", "--format=esm", SCRIPT]
    done = subprocess.run(command, capture_output=True, check=True)
    assert 2000 < len(done.stdout) <= 3072


def test_the_module_imports_nothing_and_inserts_no_html():
    text = SCRIPT.read_text()
    words = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "eval(",
        "Function(",
        ".style",
        "import",
    )
    assert [word for word in words if word in re.sub("//.*", "", text)] == []


def tsc(folder, text):
    for name in ("problem.js", "problem.d.ts"):
        (folder / name).write_text((STATIC / name).read_text())
    (folder / "use.ts").write_text(text)
    (folder / "tsconfig.json").write_text(
        json.dumps(
            {
                "compilerOptions": {
                    "strict": True,
                    "noEmit": True,
                    "noUncheckedIndexedAccess": True,
                    "target": "es2022",
                    "module": "esnext",
                    "moduleResolution": "bundler",
                    "lib": ["es2022", "dom", "dom.iterable"],
                    "types": [],
                },
                "files": ["use.ts", "problem.d.ts"],
            }
        )
    )
    command = [npm(".bin/tsc"), "--project", folder]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_types_are_those_of_a_strict_typescript(tmp_path):
    done = tsc(tmp_path, TYPES)
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_by_the_types(tmp_path, name):
    assert "error TS" in tsc(tmp_path, TYPES + MISTAKES[name]).stdout


def texts(language):
    with override(language):
        return Template("{% load http4xx %}{% problem_texts %}").render(Context())


def read(block):
    return json.loads(re.fullmatch(r"<script[^>]*>(.*)</script>", block)[1])


def test_the_texts_of_the_tag_in_english_are_those_of_the_module():
    of_module = re.search(r"const ENGLISH = \[(.*?)\];", SCRIPT.read_text(), re.DOTALL)[1]
    assert read(texts("en")) == re.findall("'(.*?)'", of_module)


def test_the_texts_are_data_that_no_policy_forbids():
    assert texts("en").startswith('<script id="problem-texts" type="application/json">[')


@pytest.mark.parametrize("language", ["nl", "eo"])
def test_texts_without_a_translation_are_said_to_be_english(language):
    assert read(texts(language)) == read(texts("en"))


def test_a_page_that_speaks_no_language_has_english_texts():
    assert read(texts(None)) == read(texts("en"))


# What the documents say


HOW_TO = (SCRIPT.parents[3] / "docs" / "how-to" / "show-problems-in-scripts.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", HOW_TO, re.MULTILINE | re.DOTALL)
EXPORTS = set(
    re.findall(r"^export (?:async )?(?:function|class) (\w+)", SCRIPT.read_text(), re.MULTILINE)
)


def test_the_documents_name_what_there_is():
    imported = {
        name
        for language, text in BLOCKS
        for names in re.findall(r"import \{(.*?)\} from", text)
        for name in names.split(", ")
    }
    assert imported <= EXPORTS
    public = (SCRIPT.parents[3] / "docs" / "reference" / "public-names.md").read_text()
    assert {name for name in EXPORTS if f"`{name}`" not in public} == set()
    declared = re.findall(
        r"^export (?:function|class) (\w+)", (STATIC / "problem.d.ts").read_text(), re.MULTILINE
    )
    assert set(declared) == EXPORTS
