"""The ids a fresh sandbox starts with. They are documented in README.md and do not change."""

from typing import Any

PORTFOLIO_ID = "100100100100100"
WABA_ID = "102290129340398"
PHONE_NUMBER_ID = "106540352242922"
DISPLAY_PHONE_NUMBER = "+1 555-078-3881"
ACCESS_TOKEN = "SANDBOX-ACCESS-TOKEN"  # noqa: S105 - documented, opens nothing but the sandbox
TEMPLATE_NAME = "qafila_message"
TEMPLATE_LANGUAGES = ("en", "ar", "he", "ru")


def default_world() -> dict[str, list[dict[str, Any]]]:
    """One of each, in the shape of the configuration file."""
    return {
        "portfolios": [{"id": PORTFOLIO_ID}],
        "wabas": [{"id": WABA_ID, "portfolio_id": PORTFOLIO_ID}],
        "phone_numbers": [
            {"id": PHONE_NUMBER_ID, "waba_id": WABA_ID, "display_phone_number": DISPLAY_PHONE_NUMBER}
        ],
        "tokens": [{"id": ACCESS_TOKEN}],
        "templates": [
            {
                "id": f"90010000000000{number}",
                "waba_id": WABA_ID,
                "name": TEMPLATE_NAME,
                "language": language,
                "category": "UTILITY",
                "components": [{"type": "BODY", "text": "{{1}}", "example": {"body_text": [["Hello"]]}}],
            }
            for number, language in enumerate(TEMPLATE_LANGUAGES, start=1)
        ],
    }
