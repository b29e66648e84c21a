-- How often each identifier went to each host, minute by minute (UTC).
SELECT capture, substr(time, 1, 16) AS minute, identifier, host, count(*) AS times
FROM v_sure_leaks
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 5 DESC, 3, 4
