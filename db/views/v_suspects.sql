-- Values that look like identifiers and are none of the profile's: hints for a person, in no verdict.
CREATE VIEW v_suspects AS
SELECT
    s.suspect,
    s.capture,
    s.exchange,
    s.time,
    s.host,
    coalesce(a.party, 'unknown') AS party,
    coalesce(a.sdk, '') AS sdk,
    coalesce(a.company, '') AS company,
    s.location,
    s.key,
    s.kind,
    s.value,
    s.value_hmac,
    s.reason
FROM suspect s
JOIN v_runs r ON r.run = s.run
LEFT JOIN attribution a ON a.run = s.run AND a.exchange = s.exchange
