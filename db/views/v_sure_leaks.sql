-- What verdicts count: leaks that left the phone (requests) and are certain or strong.
CREATE VIEW v_sure_leaks AS
SELECT * FROM v_leaks WHERE direction = 'request' AND confidence IN ('certain', 'strong')
