DROP INDEX transfers_by_time;
DROP TABLE continuity;
