DROP TABLE exceptions;
DROP TABLE deposits;
DROP TABLE lines;
DROP TABLE records;
