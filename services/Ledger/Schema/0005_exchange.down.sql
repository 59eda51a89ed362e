DROP TABLE exchanges;
DROP TABLE exchange_quotes;
