PRAGMA journal_mode=OFF;
CREATE TABLE t(id INTEGER PRIMARY KEY, k INTEGER, name TEXT, v REAL);
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<80000)
INSERT INTO t SELECT i, (i*7919)%10007,
  'name-'||((i*104729)%65537)||'-'||hex(i), i*0.37 FROM c;
CREATE INDEX tk ON t(k);
CREATE INDEX tn ON t(name);
SELECT k%10, count(*), sum(v), max(name) FROM t GROUP BY k%10;
SELECT count(DISTINCT name) FROM t;
SELECT sum(length(upper(replace(name,'-','_')))) FROM t;
SELECT length(group_concat(name)) FROM t WHERE k%3=0;
SELECT count(*) FROM t a JOIN t b ON a.name=b.name WHERE a.k<500;
