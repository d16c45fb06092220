"""What the API refuses, and how the caller puts it right."""

from qafila.wording.entries import Entry, _, counted

_CHECK_ID = _("Check the id.")
_PUT_FIELD_RIGHT = _("Put the field right and send the request again.")
_TEMPLATE_STEP = _("Choose a default template for the account, or name one in the contract.")

ENTRIES: dict[str, Entry] = {
    "unauthorised": Entry(
        _("This call needs an API key."),
        _("No key came with the request, or the key is not valid."),
        _("Add the header `Authorization: Bearer KEY` or `X-API-Key: KEY`."),
    ),
    "forbidden_scope": Entry(
        _("This API key may not do that."),
        _("It does not have the right `{scope}`."),
        _("Use a key with this right, or ask the owner of the business for one."),
    ),
    "key_from_elsewhere": Entry(
        _("This API key may not be used from where you call."),
        _("The call comes from `{address}`, and the key is bound to other addresses."),
        _("Call from an allowed address, or ask an owner of the business to allow this one."),
    ),
    "not_allowed": Entry(
        _("This needs a right that is missing."),
        _("It is the right `{scope}`."),
        _("Ask an owner of the business for it."),
    ),
    "forbidden": Entry(
        _("You may not do that."),
        _("Your role in this business does not include it."),
        _("Ask an owner or an admin of the business."),
    ),
    "not_found": Entry(
        _("Nothing was found under this id."),
        _("It does not exist, was deleted, or belongs to another business."),
        _CHECK_ID,
    ),
    "method_not_allowed": Entry(
        _("This address does not take `{method}`."), "", _("Use one of these: {allowed}.")
    ),
    "invalid_json": Entry(
        _("The body of the request is not valid JSON."),
        _("The reader stopped at line {line}, column {column}."),
        _("Send a JSON object with the header `Content-Type: application/json`."),
    ),
    "body_too_large": Entry(
        _("The request is too large."),
        _("At most {limit} are accepted."),
        _("Send it in several smaller requests, or upload a file."),
    ),
    "validation_failed": Entry(
        _("Some fields are not right."),
        "",
        _("Put right the fields that are listed, then send the request again."),
    ),
    "field_required": Entry(
        _("The field `{field}` is missing."), "", _("Add the field and send the request again.")
    ),
    "wrong_type": Entry(
        _("The field `{field}` has the wrong type."),
        _("It must be of the type `{expected}`."),
        _PUT_FIELD_RIGHT,
    ),
    "too_long": Entry(
        _("The field `{field}` is too long."),
        counted("It may have {limit} character.", "It may have at most {limit} characters.", "limit"),
        _PUT_FIELD_RIGHT,
    ),
    "empty": Entry(_("The field `{field}` is empty."), "", _PUT_FIELD_RIGHT),
    "invalid_value": Entry(
        _("The value of the field `{field}` cannot be used."), _("Allowed are: {allowed}."), _PUT_FIELD_RIGHT
    ),
    "unknown_field": Entry(
        _("There is no field `{field}` here."), "", _("Check how the field is spelled, or leave it out.")
    ),
    "unknown_status": Entry(_("There is no status `{value}`."), "", _("Use one of these: {allowed}.")),
    "rate_limited": Entry(
        _("Too many requests came in a short time."),
        "",
        counted("Try again in {seconds} second.", "Try again in {seconds} seconds.", "seconds"),
    ),
    "idempotency_key_invalid": Entry(
        _("The `Idempotency-Key` cannot be used."), _("It must have 1 to 255 visible characters."), ""
    ),
    "idempotency_key_reused": Entry(
        _("This `Idempotency-Key` was used for another request."),
        _("The same key came before with a different body."),
        _("Send a new key, or the same body as the first time."),
    ),
    "idempotency_in_progress": Entry(
        _("The first request with this `Idempotency-Key` is still being worked on."),
        "",
        _("Wait a moment and send the same request again: you will get the answer of the first one."),
    ),
    "idempotency_answer_lost": Entry(
        _("The answer that was kept for this `Idempotency-Key` cannot be opened any more."),
        _("The encryption key was changed since. The first request had its effect."),
        _("Look at what the first request made. Do not send it again with a new key."),
    ),
    "not_complete": Entry(
        _("Its rows are not all in the books."), "", _("Wait until its file is read, then try again.")
    ),
    "possible_duplicate": Entry(
        _("This contract looks like one that you posted before."),
        _("The same recipients and messages came within the last 24 hours, as {other}."),
        _("To send it all the same, confirm the start; otherwise delete it."),
    ),
    "account_not_found": Entry(
        _("There is no account with this id."),
        "",
        _("`GET /api/accounts` lists your accounts with their ids."),
    ),
    "account_not_connected": Entry(
        _("The account is not connected to a provider yet."),
        _("Without a provider nothing can be sent from it."),
        _("Connect the account to a provider, then start again."),
    ),
    "no_default_template": Entry(
        _("The account has no default template."),
        _("On an official number, a first message must be an approved template."),
        _TEMPLATE_STEP,
    ),
    "windows_closed": Entry(
        counted(
            "{count} recipient cannot get free text now.", "{count} recipients cannot get free text now."
        ),
        _("They have not written to this number in the last 24 hours."),
        _TEMPLATE_STEP,
    ),
    "contract_deleted": Entry(
        _("The contract was deleted."),
        _("What was sent before stays in the books."),
        _("Post a new contract."),
    ),
    "contract_importing": Entry(
        _("The contract is still being read in."), "", _("Wait until all its rows are in, then start it.")
    ),
    "contract_finished": Entry(
        _("The contract is finished."),
        "",
        _("To send again, retry its failed messages or post a new contract."),
    ),
    "contract_not_over": Entry(
        _("Only a contract that is over can be put into the archive."),
        _("This one may still send: what could go out stays in sight."),
        _("Wait until it is done, or delete it."),
    ),
    "no_active_profiles": Entry(
        _("No active profiles available in this package"),
        _("The package is empty, or all its profiles are paused."),
        _("Add a profile or resume one, then send again."),
    ),
    "number_in_use": Entry(
        _("The number is still in use."),
        _("These directions use it: {directions}."),
        _("Give these directions another number first."),
    ),
    "number_exists": Entry(
        _("This account has this number already."), "", _("Change the existing entry instead.")
    ),
    "invalid_limit": Entry(_("`limit` must be a whole number from 1 to {most}."), "", ""),
    "invalid_cursor": Entry(
        _("`after` is not a place in this list."),
        "",
        _("Take it from the previous answer, or leave it out to begin again."),
    ),
    "strict_rejected": Entry(
        counted(
            "Nothing was taken, because {count} row cannot be used.",
            "Nothing was taken, because {count} rows cannot be used.",
        ),
        _("The request asked for all rows or none."),
        _("Put the listed rows right, or send the request without `strict`."),
    ),
    "database_unavailable": Entry(
        _("The database does not answer at the moment."),
        "",
        _("This request was not carried out. Try again in a minute."),
    ),
    "schema_behind": Entry(
        _("The database is older than this program, so nothing is served."),
        _("It is at schema level {level}, and level {needed} is needed."),
        _("Run `qafila migrate`, then start again."),
    ),
    "internal_error": Entry(
        _("Something went wrong on our side."),
        _("It is in the log under the number {request_id}."),
        _("Try again. If it happens again, tell the administrator this number."),
    ),
}
