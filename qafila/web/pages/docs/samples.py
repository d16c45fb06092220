"""Calls and checks to copy. ``BASE_URL`` and ``ACCOUNT_ID`` are put in where the page shows them; the key never is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MAKE: Final = """\
KEY=…
curl -X POST BASE_URL/api/contracts \\
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\
  -d '{"accountId": "ACCOUNT_ID", "name": "First contract",
       "recipients": [{"phoneNumber": "79991234567", "message": "Hello"}]}'"""
"""Posts a contract."""
START: Final = """\
curl -X POST BASE_URL/api/contracts/CONTRACT_ID/start -H "Authorization: Bearer $KEY"
curl BASE_URL/api/contracts/CONTRACT_ID/stats -H "Authorization: Bearer $KEY\""""
"""Starts it, and asks how it goes."""

_PYTHON: Final = """\
import json
import os
import urllib.request

call = urllib.request.Request(
    "BASE_URL/api/contracts",
    data=json.dumps({
        "accountId": "ACCOUNT_ID",
        "name": "First contract",
        "recipients": [{"phoneNumber": "79991234567", "message": "Hello"}],
    }).encode(),
    headers={
        "Authorization": f"Bearer {os.environ['KEY']}",
        "Content-Type": "application/json",
        "Idempotency-Key": "order-4711",
    },
)
with urllib.request.urlopen(call) as answer:
    print(json.load(answer)["id"])
"""

_NODE: Final = """\
const answer = await fetch("BASE_URL/api/contracts", {
  method: "POST",
  headers: {
    "Authorization": `Bearer ${process.env.KEY}`,
    "Content-Type": "application/json",
    "Idempotency-Key": "order-4711",
  },
  body: JSON.stringify({
    accountId: "ACCOUNT_ID",
    name: "First contract",
    recipients: [{ phoneNumber: "79991234567", message: "Hello" }],
  }),
});
const contract = await answer.json();
if (!answer.ok) throw new Error(`${contract.error.code}: ${contract.error.message}`);
console.log(contract.id);
"""

_PHP: Final = """\
<?php
$options = ['http' => [
    'method' => 'POST',
    'ignore_errors' => true,
    'header' => [
        'Authorization: Bearer ' . getenv('KEY'),
        'Content-Type: application/json',
        'Idempotency-Key: order-4711',
    ],
    'content' => json_encode([
        'accountId' => 'ACCOUNT_ID',
        'name' => 'First contract',
        'recipients' => [['phoneNumber' => '79991234567', 'message' => 'Hello']],
    ]),
]];
$answer = file_get_contents('BASE_URL/api/contracts', false, stream_context_create($options));
$contract = json_decode($answer, true);
echo $contract['id'] ?? $contract['error']['message'], PHP_EOL;
"""

CALLS: Final[Mapping[str, str]] = {"Python": _PYTHON, "Node": _NODE, "PHP": _PHP}
"""Language to a program that posts one contract, with nothing but what the language brings."""

_VERIFY_PYTHON: Final = """\
import base64, hashlib, hmac, time


def verified(secret: str, headers, body: bytes) -> bool:
    sent = headers["webhook-timestamp"]
    if abs(time.time() - int(sent)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{sent}.".encode() + body
    mine = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    given = headers["webhook-signature"].split(" ")
    return any(hmac.compare_digest(one, f"v1,{mine}") for one in given)
"""

_VERIFY_NODE: Final = """\
import { createHmac, timingSafeEqual } from "node:crypto";

export function verified(secret, headers, body) {          // body: a Buffer, before any parsing
  const sent = headers["webhook-timestamp"];
  if (Math.abs(Date.now() / 1000 - Number(sent)) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const mine = createHmac("sha256", key).update(`${headers["webhook-id"]}.${sent}.`).update(body).digest("base64");
  return headers["webhook-signature"].split(" ").some((one) => {
    const a = Buffer.from(one), b = Buffer.from(`v1,${mine}`);
    return a.length === b.length && timingSafeEqual(a, b);
  });
}
"""

_VERIFY_PHP: Final = """\
function verified(string $secret, array $headers, string $body): bool {
    $sent = $headers['webhook-timestamp'];
    if (abs(time() - (int) $sent) > 300) { return false; }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $mine = 'v1,' . base64_encode(hash_hmac('sha256', $headers['webhook-id'] . '.' . $sent . '.' . $body, $key, true));
    foreach (explode(' ', $headers['webhook-signature']) as $one) {
        if (hash_equals($mine, $one)) { return true; }
    }
    return false;
}
"""

VERIFICATIONS: Final[Mapping[str, str]] = {
    "Python": _VERIFY_PYTHON,
    "Node": _VERIFY_NODE,
    "PHP": _VERIFY_PHP,
}
"""Language to a function that checks the signature of a webhook; the same as in ``docs/webhooks.md``."""


def here(program: str, *, base: str, account: str) -> str:
    """A program for this installation."""
    return program.replace("BASE_URL", base).replace("ACCOUNT_ID", account)


def calls(*, base: str, account: str) -> list[tuple[str, str]]:
    """``(language, program)`` of :data:`CALLS` for this installation."""
    return [(language, here(text, base=base, account=account)) for language, text in CALLS.items()]
