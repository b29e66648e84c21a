-- Identifiers whose value is the same in several captures, and where it leaked: what links two installations or apps.
SELECT value_hmac, kind, count(*) AS captures, CAST(sum(CASE WHEN leaks > 0 THEN 1 ELSE 0 END) AS bigint) AS leaking
FROM v_identifiers
WHERE value_hmac <> ''
GROUP BY value_hmac, kind
HAVING count(*) > 1
ORDER BY 4 DESC, 3 DESC, 2
