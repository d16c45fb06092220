"""The verification of a callback URL: GET with hub.mode, hub.challenge and hub.verify_token."""

import secrets
from datetime import timedelta

from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import BuilderError, RequestError

TIMEOUT = timedelta(seconds=10)


async def trouble_with(url: str, verify_token: str) -> str | None:
    """Ask a URL to echo a challenge, as Meta does. None when it did, else what went wrong, in words."""
    challenge = str(secrets.randbelow(2**31))
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    async with ClientBuilder().no_proxy().follow_redirects(False).timeout(TIMEOUT).build() as client:
        try:
            response = await client.get(url).query(query).build().send()
            text = await response.text()
        except BuilderError:
            return "the URL is not valid"
        except RequestError as failure:
            return f"the URL could not be reached ({type(failure).__name__})"
    if response.status != 200:
        return f"HTTP Status Code = {response.status}"
    if text.strip() != challenge:
        return "the answer was not the challenge"
    return None
