#!/bin/sh
# Run once, by the postgres image, when its volume is empty. Two owners who cannot reach each other's databases.
set -eu
psql --username "${POSTGRES_USER:-postgres}" --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --set secondlook_password="$SECONDLOOK_DATABASE_PASSWORD" \
    --set temporal_password="$TEMPORAL_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE secondlook LOGIN PASSWORD :'secondlook_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE secondlook OWNER secondlook;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE secondlook, temporal, temporal_visibility FROM PUBLIC;
SQL
