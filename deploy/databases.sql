-- Beside the ledger, which the server makes itself: what boards read, and the keys of persons.
CREATE DATABASE views;
CREATE DATABASE vault;
