"""Somebody who works in the web application, by plain HTTP and forms. Called by ``latency`` and ``queue_page``."""

from __future__ import annotations

import html
import re

import httpx

_HIDDEN = re.compile(r'name="(csrf_token|case_version)" value="([^"]*)"')
_CONFIRMED = re.compile(r'name="confirmed" value="([^"]+)"')
_REASON = re.compile(r'name="reasons"[^>]*value="([^"]+)"')


def signed_in(address: str, subject: str) -> httpx.Client:
    """A browser's session of a person of the demonstration provider. Raises RuntimeError where sign-in fails."""
    client = httpx.Client(base_url=address, follow_redirects=True, timeout=30)
    choice = client.get("/sign-in")
    arrived = client.post(choice.url, data={"sub": subject})
    if arrived.status_code != httpx.codes.OK or arrived.url.path.startswith("/sign-in"):
        raise RuntimeError(f"sign-in as {subject} ended with {arrived.status_code}")
    return client


def review_form(page: str, rationale: str) -> dict[str, str]:
    """A filled review form that closes the case, from the case's page. Raises KeyError where there is no form."""
    hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}
    reason = _REASON.search(page)
    if reason is None:
        raise KeyError("the page has no review form")
    return {
        "csrf_token": hidden["csrf_token"],
        "case_version": hidden["case_version"],
        "action": "close",
        "reasons": html.unescape(reason[1]),
        "rationale": rationale,
    }


def confirmed(page: str) -> dict[str, str]:
    """What the confirm page adds to the form. Raises KeyError where the page is no confirm page."""
    found = _CONFIRMED.search(page)
    if found is None:
        raise KeyError("the page plays no review back")
    return {"confirmed": found[1]}
