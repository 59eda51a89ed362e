DROP TABLE chaos, report_lines, captures, batches, authorizations;
