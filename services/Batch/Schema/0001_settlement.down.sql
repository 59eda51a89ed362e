DROP TABLE report_lines;
DROP TABLE items;
DROP TABLE batches;
