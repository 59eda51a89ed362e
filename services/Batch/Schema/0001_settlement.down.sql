DROP TABLE report_lines;
DROP TABLE items;
DROP FUNCTION items_stay_sealed;
DROP TABLE batches;
