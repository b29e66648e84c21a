-- The leaks that matter most: before consent first, then third parties, then the most certain; one line per
-- identifier, recipient and form, with how often and when.
SELECT
    capture,
    CASE WHEN phase = 'before_consent' AND NOT boundary THEN 'before consent' ELSE phase END AS phase,
    identifier,
    chain,
    CASE WHEN sdk_name <> '' THEN sdk_name WHEN company <> '' THEN company ELSE host END AS recipient,
    party,
    count(*) AS times,
    min(time) AS first
FROM v_sure_leaks
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY
    min(CASE WHEN phase = 'before_consent' AND NOT boundary THEN 0 ELSE 1 END),
    min(CASE party WHEN 'third' THEN 0 WHEN 'unknown' THEN 1 WHEN 'same-company' THEN 2 ELSE 3 END),
    min(CASE confidence WHEN 'certain' THEN 0 ELSE 1 END),
    count(*) DESC
