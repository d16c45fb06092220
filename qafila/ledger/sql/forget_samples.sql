-- Minutes are kept for a day and a bit, full hours for a quarter of a year.
DELETE FROM ledger_sample
WHERE at < %(minutes_before)s AND (at < %(hours_before)s OR extract(minute FROM at) <> 0)
