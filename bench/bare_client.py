"""The reference of the contract bench: the same HTTP client, the same requests, no database.

``python -m bench.bare_client URL COUNT IN_THE_AIR`` prints the seconds it took.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop

from qafila.kit.http import HttpClient


async def main(base: str, count: int, in_the_air: int) -> float:
    """Posts ``count`` messages with so many in the air."""
    numbers = iter(range(count))
    headers = {"authorization": "Bearer bench", "content-type": "application/json"}
    client = HttpClient()

    async def lane() -> None:
        for n in numbers:
            body = {
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": f"2010{n:08d}",
                "type": "template",
                "template": {
                    "name": "qafila_message",
                    "language": {"code": "en"},
                    "components": [
                        {
                            "type": "body",
                            "parameters": [{"type": "text", "text": f"Your order {n} is ready."}],
                        }
                    ],
                },
                "biz_opaque_callback_data": f"bare.{n}",
            }
            answer = await client.post(
                f"{base}/v23.0/1/messages",
                headers=headers,
                body=json.dumps(body, separators=(",", ":")).encode(),
                timeout=30.0,
            )
            if answer.status != 200 or not json.loads(answer.body)["messages"][0]["id"]:
                raise SystemExit("the responder did not accept")

    begin = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(in_the_air)))
    seconds = time.perf_counter() - begin
    await client.close()
    return seconds


if __name__ == "__main__":
    sys.stdout.write(f"{uvloop.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))}\n")
