DROP TABLE returns;
ALTER TABLE authorizations DROP COLUMN returns_with;
