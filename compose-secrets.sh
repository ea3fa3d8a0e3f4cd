#!/bin/sh
# Makes the secrets of compose.yaml, as files in ./secrets or the folder that is named; those that are there stay.
# The folder is its owner's alone. The files in it are readable, since each container reads its own as another user.
set -eu
umask 077
folder=${1:-secrets}
mkdir -p "$folder"
chmod 700 "$folder"

# Letters, digits, "-" and "_" alone: some become part of URLs.
random() { head -c "$1" /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

keep() {
    [ -e "$folder/$1" ] || printf '%s' "$2" > "$folder/$1"
    chmod 444 "$folder/$1"
}

keep postgres_password "$(random 36)"
keep redis_password "$(random 36)"
keep aws_access_key_id "kliping$(random 9)"
keep aws_secret_access_key "$(random 36)"
for role in crawler publisher reader; do
    keep "${role}_access_key_id" "$role$(random 9)"
    keep "${role}_secret_access_key" "$(random 36)"
done
keep airflow_admin_password "$(random 18)"
keep airflow_fernet_key "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n')"
keep airflow_jwt_secret "$(random 66)"
keep airflow_secret_key "$(random 36)"

database="kliping:$(cat "$folder/postgres_password")@postgres"
keep airflow_database_url "postgresql+psycopg2://$database/airflow"
keep celery_result_url "db+postgresql://$database/airflow"
keep celery_broker_url "redis://:$(cat "$folder/redis_password")@redis:6379/0"
keep index_url "postgresql+psycopg2://$database/kliping"

echo "the secrets are in $folder; the password of the Airflow UI's user admin is in $folder/airflow_admin_password"
