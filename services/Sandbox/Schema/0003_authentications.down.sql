DROP TABLE authentications;
