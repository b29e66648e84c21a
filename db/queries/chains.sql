-- How identifiers are wrapped up on their way: each chain with how often and for whom.
SELECT chain, form, count(*) AS leaks, count(DISTINCT host) AS hosts, count(DISTINCT capture) AS captures
FROM v_sure_leaks
GROUP BY chain, form
ORDER BY leaks DESC
