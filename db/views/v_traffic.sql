-- The ledger in full: by capture, host, phase and kind how often and how many bytes, what was read beside what was not.
-- Kinds of what was read are `decrypted` and `clear`; all others are the ledger's.
CREATE VIEW v_traffic AS
SELECT
    f.capture,
    f.host,
    f.phase,
    CASE WHEN f.tls THEN 'decrypted' ELSE 'clear' END AS kind,
    TRUE AS read,
    count(*) AS count,
    CAST(sum(f.sent + f.received) AS bigint) AS bytes,
    '' AS detail
FROM v_flows f
WHERE f.exchange NOT LIKE 'past-%' AND (f.protocol NOT IN ('contact', 'quic', 'tls') OR f.sent + f.received > 0)
GROUP BY f.capture, f.host, f.phase, f.tls
UNION ALL
SELECT
    e.capture,
    e.host,
    coalesce(p.phase, 'unknown'),
    e.kind,
    FALSE,
    CAST(sum(e.count) AS bigint),
    CAST(sum(e.bytes) AS bigint),
    max(e.detail)
FROM ledger e
JOIN v_runs r ON r.run = e.run
LEFT JOIN phase p ON p.capture = e.capture AND p.from_at <= e.at AND (p.to_at IS NULL OR p.to_at > e.at)
WHERE e.kind <> 'plaintext'
GROUP BY e.capture, e.host, coalesce(p.phase, 'unknown'), e.kind
