SELECT id, batch_id FROM ledger_message WHERE id = ANY (%(ids)s) AND business_id = %(business)s
