-- The analysis that every other view shows: of each capture the latest finished one, else the latest that runs.
CREATE VIEW v_runs AS
SELECT capture, run, tool_version, signature_digest, started, finished, journal_offset
FROM (
    SELECT r.*, row_number() OVER (
        PARTITION BY capture ORDER BY CASE WHEN finished = '' THEN 1 ELSE 0 END, started DESC, run DESC
    ) AS place
    FROM analysis_run r
) ranked
WHERE place = 1
