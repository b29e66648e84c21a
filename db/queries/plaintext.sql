-- Identifiers that went over the network without TLS.
SELECT l.capture, l.host, l.identifier, l.chain, count(*) AS times, min(l.time) AS first
FROM v_sure_leaks l
JOIN v_flows f ON f.capture = l.capture AND f.exchange = l.exchange
WHERE NOT f.tls
GROUP BY l.capture, l.host, l.identifier, l.chain
ORDER BY l.capture, times DESC
