DROP VIEW entries;
DROP TABLE transfers;
