DROP FUNCTION payflow_assign_slot(smallint, integer, bigint);
DROP FUNCTION payflow_require_slots(integer, smallint[], bigint[]);
DROP TABLE payflow_slots;
