-- One row a capture: how many of the bytes that reached the proxy could be read: heads and bodies of flows, and the
-- content of TLS that stayed closed, without its handshakes. `outside` bytes passed unread beside
-- the flows; `inside` bytes lie in flows but were closed to us or not kept. `readable` is NULL where no byte came.
CREATE VIEW v_coverage AS
SELECT
    capture,
    flows,
    flow_bytes + outside_bytes AS reached_bytes,
    outside_bytes,
    inside_bytes,
    bypassed,
    refused_hosts,
    CASE WHEN flow_bytes + outside_bytes > 0
        THEN CAST(CASE WHEN flow_bytes > inside_bytes THEN flow_bytes - inside_bytes ELSE 0 END AS double precision)
            / CAST(flow_bytes + outside_bytes AS double precision)
    END AS readable
FROM (
    SELECT
        c.capture,
        coalesce(f.flows, 0) AS flows,
        coalesce(f.bytes, 0) AS flow_bytes,
        coalesce(e.outside_bytes, 0) AS outside_bytes,
        coalesce(e.inside_bytes, 0) AS inside_bytes,
        coalesce(e.bypassed, 0) AS bypassed,
        coalesce(e.refused_hosts, 0) AS refused_hosts
    FROM capture c
    LEFT JOIN (
        SELECT capture, count(*) AS flows, CAST(sum(sent + received) AS bigint) AS bytes FROM flow
        WHERE exchange NOT LIKE 'past-%' GROUP BY capture
    ) f ON f.capture = c.capture
    LEFT JOIN (
        SELECT
            capture,
            CAST(sum(CASE WHEN kind IN ('passed_through', 'quic', 'tls_closed') THEN bytes ELSE 0 END) AS bigint) AS outside_bytes,
            CAST(sum(CASE WHEN kind IN ('opaque', 'over_budget', 'undecodable', 'not_kept', 'not_tls') THEN bytes ELSE 0 END)
                AS bigint) AS inside_bytes,
            CAST(sum(CASE WHEN kind = 'bypassed' THEN count ELSE 0 END) AS bigint) AS bypassed,
            count(DISTINCT CASE WHEN kind IN ('pinned', 'passed_through') THEN host END) AS refused_hosts
        FROM v_ledger
        GROUP BY capture
    ) e ON e.capture = c.capture
) counted
