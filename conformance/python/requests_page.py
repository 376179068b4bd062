"""Page 004: `requests` and `raise_for_status`. The page lost its indentation and leaves `response` unbound when the
connection fails; both are mended here, the rest is as printed."""

import requests

from checks import HOST, KEY, MODEL, WRONG_KEY, check, equal, expect, finish

BASE_URL = f"{HOST}/v1"


def page(api_key):
    """The sample; returns what it prints."""
    printed = []
    headers = {"Authorization": f"Bearer {api_key}"}
    response = None
    try:
        response = requests.get(f"{BASE_URL}/models", headers=headers, timeout=15)
        response.raise_for_status()  # Raise an exception for bad status codes (4xx or 5xx)
        printed.append(response.json())
    except requests.exceptions.RequestException as e:
        printed.append(f"An error occurred: {e}")
        if response is not None:
            printed.append(f"Status Code: {response.status_code}")
            printed.append(f"Response Body: {response.text}")
    return printed


@check("S28 S27", f"requests {requests.__version__}: page 004 with a good key")
def _():
    (models,) = page(KEY)
    equal(models["object"], "list", "object")
    expect(any(m["id"] == MODEL for m in models["data"]), f"{MODEL} is not listed")


@check("S28 S29", f"requests {requests.__version__}: page 004 with a wrong key")
def _():
    words, status, body = page(WRONG_KEY)
    expect("401" in words, words)
    equal(status, "Status Code: 401", "second line")
    expect('"message"' in body and WRONG_KEY not in body, body)


@check("S34", f"requests {requests.__version__}: routes deny by default")
def _():
    # Few of them: a server may answer 429 to an address that collects too many 401s.
    for path in ("/key", "/keys", "/credits", "/generation?id=gen-1"):
        reply = requests.get(f"{HOST}/api/v1{path}", timeout=15)
        equal(reply.status_code, 401, f"GET /api/v1{path} without a key")
        expect(reply.headers.get("WWW-Authenticate", "").startswith("Bearer"), f"GET /api/v1{path}: no WWW-Authenticate")
    reply = requests.get(f"{HOST}/api/v1/no-such-route", timeout=15)
    expect(reply.status_code in (401, 404), f"an unknown route without a key answered {reply.status_code} {reply.text}")


finish()
