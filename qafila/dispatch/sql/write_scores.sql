-- The scores of a round, in one statement. A pace that was changed meanwhile (the number came back) stays as it is.
INSERT INTO senders_score AS c
    (sender_id, score, known, reasons, kind, since, code, count, factor, pace, normal, learned_at, at)
SELECT t.sender_id, t.score, t.known, t.reasons, t.kind, t.since, t.code, t.count, t.factor, t.pace, t.normal, t.learned_at,
       %(now)s
FROM unnest(
    %(senders)s::bigint[], %(scores)s::int[], %(known)s::bool[], %(reasons)s::jsonb[], %(kinds)s::text[],
    %(since)s::timestamptz[], %(codes)s::text[], %(counts)s::int[], %(factors)s::float8[], %(paces)s::jsonb[],
    %(normals)s::jsonb[], %(learned)s::timestamptz[]
) AS t (sender_id, score, known, reasons, kind, since, code, count, factor, pace, normal, learned_at)
JOIN senders_sender s ON s.id = t.sender_id
ORDER BY t.sender_id
ON CONFLICT (sender_id) DO UPDATE
SET score = excluded.score, known = excluded.known, reasons = excluded.reasons, kind = excluded.kind,
    since = excluded.since, code = excluded.code, count = excluded.count, normal = excluded.normal,
    learned_at = excluded.learned_at, at = greatest(c.at, excluded.at),
    factor = CASE WHEN c.at > excluded.at THEN c.factor ELSE excluded.factor END,
    pace = CASE WHEN c.at > excluded.at THEN c.pace ELSE excluded.pace END
