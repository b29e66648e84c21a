-- Every identifier that was searched for, and what became of it; value_hmac is equal where the values are.
CREATE VIEW v_identifiers AS
SELECT
    i.capture,
    i.identifier,
    i.kind,
    i.value_hmac,
    count(l.leak) AS leaks,
    count(DISTINCT l.host) AS hosts,
    count(CASE WHEN l.party = 'third' THEN 1 END) AS to_third_parties,
    count(CASE WHEN l.phase = 'before_consent' AND NOT l.boundary THEN 1 END) AS before_consent,
    min(l.time) AS first,
    max(l.time) AS last
FROM identifier i
LEFT JOIN v_sure_leaks l ON l.capture = i.capture AND l.identifier = i.identifier
GROUP BY i.capture, i.identifier, i.kind, i.value_hmac
