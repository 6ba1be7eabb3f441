-- Rights on a ClickHouse server of yours, for a Watchpost whose tables are in database `watchpost`. Run it once as an administrator who may
-- make users, after the product has made its tables; put passwords in place of CHANGE-ME. docs/sql.md says what each is for.

-- The product: reads and writes its own database, nothing else.
CREATE ROLE IF NOT EXISTS watchpost_product;
GRANT SELECT, INSERT, ALTER, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, TRUNCATE, OPTIMIZE, SHOW ON watchpost.* TO watchpost_product;
GRANT SELECT ON system.processes TO watchpost_product;
GRANT SELECT ON system.parts TO watchpost_product;
GRANT SELECT ON system.tables TO watchpost_product;
GRANT SELECT ON system.columns TO watchpost_product;
CREATE USER IF NOT EXISTS watchpost IDENTIFIED WITH sha256_password BY 'CHANGE-ME' DEFAULT ROLE watchpost_product;
GRANT watchpost_product TO watchpost;

-- Reading for people and dashboards (Grafana): SELECT on three tables, no functions that leave the server, bounded.
CREATE SETTINGS PROFILE IF NOT EXISTS watchpost_reader SETTINGS readonly = 1, max_execution_time = 30, max_memory_usage = 1000000000,
  max_bytes_to_read = 200000000000, max_result_rows = 100000, use_query_cache = 0, allow_introspection_functions = 0;
CREATE ROLE IF NOT EXISTS watchpost_reader SETTINGS PROFILE 'watchpost_reader';
GRANT SELECT ON watchpost.events TO watchpost_reader;
GRANT SELECT ON watchpost.alerts TO watchpost_reader;
GRANT SELECT ON watchpost.alerts_now TO watchpost_reader;
GRANT SELECT ON watchpost.sources TO watchpost_reader;
GRANT SELECT ON watchpost.source_account TO watchpost_reader;
CREATE QUOTA IF NOT EXISTS watchpost_reader FOR INTERVAL 1 minute MAX queries = 600 TO watchpost_reader;

-- All rows for the product and for readers of all tenants. A table with any row policy shows nobody else anything.
CREATE ROLE IF NOT EXISTS watchpost_all_tenants;
CREATE ROW POLICY IF NOT EXISTS all_tenants ON watchpost.events USING 1 TO watchpost_product, watchpost_all_tenants;
CREATE ROW POLICY IF NOT EXISTS all_tenants ON watchpost.alerts USING 1 TO watchpost_product, watchpost_all_tenants;
CREATE ROW POLICY IF NOT EXISTS all_tenants ON watchpost.sources USING 1 TO watchpost_product, watchpost_all_tenants;
CREATE USER IF NOT EXISTS grafana IDENTIFIED WITH sha256_password BY 'CHANGE-ME' DEFAULT ROLE watchpost_reader, watchpost_all_tenants;
GRANT watchpost_reader, watchpost_all_tenants TO grafana;

-- A reader of one tenant: a role and a policy on each table. Repeat for each tenant.
CREATE ROLE IF NOT EXISTS watchpost_tenant_default;
CREATE ROW POLICY IF NOT EXISTS tenant_default ON watchpost.events USING tenant = 'default' TO watchpost_tenant_default;
CREATE ROW POLICY IF NOT EXISTS tenant_default ON watchpost.alerts USING tenant = 'default' TO watchpost_tenant_default;
CREATE ROW POLICY IF NOT EXISTS tenant_default ON watchpost.sources USING tenant = 'default' TO watchpost_tenant_default;
CREATE USER IF NOT EXISTS reader_default IDENTIFIED WITH sha256_password BY 'CHANGE-ME' DEFAULT ROLE watchpost_reader, watchpost_tenant_default;
GRANT watchpost_reader, watchpost_tenant_default TO reader_default;
