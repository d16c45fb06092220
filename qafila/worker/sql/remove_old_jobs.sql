-- Background jobs that reached their end, oldest first: the library keeps every one for ever. Their events go with them.
DELETE FROM procrastinate_jobs
 WHERE id IN (
       SELECT j.id FROM procrastinate_jobs j
        WHERE j.status = ANY (%(ended)s::procrastinate_job_status[])
          AND NOT EXISTS (SELECT FROM procrastinate_events e WHERE e.job_id = j.id AND e.at >= %(before)s)
          AND EXISTS (SELECT FROM procrastinate_events e WHERE e.job_id = j.id)
        ORDER BY j.id
        LIMIT %(most)s
        FOR UPDATE SKIP LOCKED)
