-- What could not be seen, by capture, kind and host, as the shown analysis found it.
CREATE VIEW v_ledger AS
SELECT
    e.capture,
    e.kind,
    e.host,
    e.direction,
    count(*) AS entries,
    CAST(sum(e.count) AS bigint) AS count,
    CAST(sum(e.bytes) AS bigint) AS bytes,
    min(e.time) AS first,
    max(e.time) AS last,
    max(e.detail) AS detail
FROM ledger e
JOIN v_runs r ON r.run = e.run
GROUP BY e.capture, e.kind, e.host, e.direction
