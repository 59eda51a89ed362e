DROP TABLE orphans, orphan_marks;
