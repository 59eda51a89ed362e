DROP TABLE tickets, effects, counters;
