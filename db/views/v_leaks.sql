-- The leak record of every leak: one row a leak, the names of `--format jsonl` in their order. Values are masked.
CREATE VIEW v_leaks AS
SELECT
    l.leak,
    l.capture,
    l.exchange,
    l.source,
    l."index",
    l.time,
    coalesce(p.phase, 'unknown') AS phase,
    coalesce(p.consent, 'unknown') AS consent,
    coalesce(p.boundary, FALSE) AS boundary,
    l.app,
    CASE WHEN b.host IS NOT NULL AND l.app_evidence = 'assumed' THEN 'also_in_baseline' ELSE l.app_evidence END AS app_evidence,
    l.direction,
    l.protocol,
    l.method,
    l.url,
    l.host,
    l.ip,
    l.port,
    l.location,
    l.identifier,
    l.kind,
    l.chain,
    l.form,
    l."offset",
    l.length,
    l.value,
    l.confidence,
    l.chance,
    coalesce(a.party, 'unknown') AS party,
    coalesce(a.sdk, '') AS sdk,
    coalesce(a.sdk_name, '') AS sdk_name,
    coalesce(a.company, '') AS company,
    coalesce(a.parent, '') AS parent,
    coalesce(a.country, '') AS country,
    coalesce(a.category, '') AS category,
    l.reason
FROM v_runs r
JOIN leak l ON l.run = r.run
JOIN capture c ON c.capture = l.capture
LEFT JOIN v_baseline b ON b.device = c.device AND b.identifier = l.identifier AND b.host = l.host AND NOT c.baseline
LEFT JOIN attribution a ON a.run = l.run AND a.exchange = l.exchange
LEFT JOIN phase p ON p.capture = l.capture AND p.from_at <= l.at AND (p.to_at IS NULL OR p.to_at > l.at)
