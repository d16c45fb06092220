-- How many calls the provider accepted in the hour before each point of a number's history, where calls may have ended since.
UPDATE senders_scorepoint p
   SET accepted = (SELECT coalesce(sum(t.count), 0)
                     FROM dispatch_tally t
                    WHERE t.sender_id = p.sender_id AND t.outcome = 'accepted'
                      AND t.at >= p.at - interval '1 hour' AND t.at < p.at)
 WHERE p.at > %(since)s
