-- What people judged of leaks: the last word on each, by the stable leak id.
CREATE VIEW v_reviews AS
SELECT leak, verdict, who, time, note
FROM review r
WHERE r.at = (SELECT max(n.at) FROM review n WHERE n.leak = r.leak)
