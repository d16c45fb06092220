-- One more attempt in vain; at the last the webhook is put aside: handled, with its trouble, and no longer in the way.
UPDATE receiving_rawwebhook w
SET attempts = attempts + 1, trouble = %(trouble)s,
    handled_at = CASE WHEN attempts + 1 >= %(most)s THEN %(now)s::timestamptz END
WHERE received_at = %(received_at)s AND id = %(id)s AND handled_at IS NULL
RETURNING handled_at IS NOT NULL, provider_account_id, business_id, octet_length(body), substr(body, 1, 4000)
