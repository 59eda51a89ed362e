DROP TABLE dead_letters, inbox_waiting, inbox;
