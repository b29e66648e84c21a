-- Who got what before consent. Leaks within the uncertainty of a hand-made mark are not counted.
SELECT
    capture,
    CASE WHEN sdk_name <> '' THEN sdk_name WHEN company <> '' THEN company ELSE host END AS recipient,
    party,
    country,
    identifier,
    count(*) AS times,
    min(time) AS first
FROM v_before_consent
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 3 DESC, 2, 5
