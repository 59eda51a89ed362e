DROP TABLE amount_history, assessments;
