-- Every flow with who received it, leaking or not.
CREATE VIEW v_flows AS
SELECT
    f.capture,
    f.exchange,
    f."index",
    f.time,
    coalesce(p.phase, 'unknown') AS phase,
    f.app,
    f.app_evidence,
    f.protocol,
    f.method,
    f.url,
    f.host,
    f.ip,
    f.port,
    f.client,
    f.sni,
    f.tls,
    f.status,
    f.sent,
    f.received,
    coalesce(a.party, 'unknown') AS party,
    coalesce(a.sdk, '') AS sdk,
    coalesce(a.sdk_name, '') AS sdk_name,
    coalesce(a.company, '') AS company,
    coalesce(a.parent, '') AS parent,
    coalesce(a.country, '') AS country,
    coalesce(a.category, '') AS category,
    coalesce(a.reason, '') AS reason
FROM flow f
LEFT JOIN v_runs r ON r.capture = f.capture
LEFT JOIN attribution a ON a.run = r.run AND a.exchange = f.exchange
LEFT JOIN phase p ON p.capture = f.capture AND p.from_at <= f.at AND (p.to_at IS NULL OR p.to_at > f.at)
