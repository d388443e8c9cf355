-- Beside the ledger, which the server makes itself: the rooms' own role, what boards read, and the keys of persons.
-- `sangkien grant sangkien` then lets the role append to the ledger and read it.
\getenv password ROOMS_PASSWORD
CREATE ROLE sangkien LOGIN PASSWORD :'password';
CREATE DATABASE views OWNER sangkien;
CREATE DATABASE vault OWNER sangkien;
