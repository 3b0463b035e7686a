#!/bin/sh
# Brings Temporal's two schemas to its server's release. Safe to repeat; the password comes from SQL_PASSWORD.
set -eu
for store in temporal:temporal temporal_visibility:visibility; do
    database=${store%%:*}
    schema=/etc/temporal/schema/postgresql/v12/${store##*:}/versioned
    set -- temporal-sql-tool --plugin postgres12 --ep postgres --port 5432 --user temporal --db "$database"
    "$@" setup-schema --version 0.0
    "$@" update-schema --schema-dir "$schema"
done
