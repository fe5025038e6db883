"""Throttles as a visitor meets them."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("server", ["gunicorn", "uvicorn"])
@pytest.mark.parametrize("path", ["/throttled/", "/async/throttled/", "/api/throttled/"])
def test_five_are_served_and_the_sixth_is_told_when_to_come_back(start, server, path):
    answers = [start(server).ask(path, Accept="application/json") for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert answers[0].headers["RateLimit"].endswith(";r=4;t=60")
    refused = answers[-1]
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["code"] == "quota-exceeded"
    assert refused.headers["Cache-Control"] == "no-store"


def test_a_login_allows_five_tries_for_an_account(start):
    site = start("gunicorn")
    page = site.ask("/account/login/")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = cookie.partition("=")[2]

    def attempt(name):
        return site.ask(
            "/account/login/",
            method="POST",
            body=f"username={name}&password=guess&csrfmiddlewaretoken={token}",
            Cookie=cookie,
            Content_Type="application/x-www-form-urlencoded",
        )

    assert [attempt("zoe").status for _ in range(6)] == [200] * 5 + [429]
    refused = attempt("zoe").text
    # The words of its own problem type; when to come back; and what was typed is kept.
    assert "<h1>Too many tries to sign in</h1>" in refused
    assert "Somebody tried to sign in to this account too often." in refused
    assert '<p>Try again <time class="until" datetime="20' in refused
    assert "go back with your browser." in refused
    assert "Try again</a>" not in refused
    assert attempt("yan").status == 200
