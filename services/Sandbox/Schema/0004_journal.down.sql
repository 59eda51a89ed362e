DROP INDEX authorizations_journal;
