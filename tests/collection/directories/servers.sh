#!/bin/bash
# servers.sh ADDRESS: real servers of Debian and PyPI, behind TLS: slapd, PostgreSQL, and Canaille as OpenID issuer.
set -euo pipefail
address=$1 here=/srv/directories
export DEBIAN_FRONTEND=noninteractive
systemctl stop test-slapd test-issuer 2>/dev/null || true
if ! command -v slapd psql >/dev/null || ! python3 -c 'import ensurepip'; then
  apt-get update -q
  apt-get install -y -q --no-install-recommends slapd ldap-utils postgresql python3-venv
fi
systemctl disable --now slapd

rm -rf $here/ldap && mkdir -p $here/ldap
slapadd -f $here/slapd.conf -l $here/people.ldif
systemd-run --collect --unit test-slapd slapd -d 0 -h "ldaps://$address:636 ldap://$address:389" -f $here/slapd.conf

data=$(echo /etc/postgresql/*/main)
install -o postgres -m 0600 $here/db.pem "$data/db.pem"
cat >"$data/conf.d/test.conf" <<END
listen_addresses = '$address'
ssl_cert_file = '$data/db.pem'
ssl_key_file = '$data/db.pem'
END
printf '%s\n' 'local all postgres peer' 'hostssl chat chat all scram-sha-256' >"$data/pg_hba.conf"
systemctl restart postgresql
runuser -u postgres -- psql -q <<END
drop database if exists chat;
drop role if exists chat;
create role chat login password '$(cat $here/database_password)';
create database chat owner chat;
END

cd $here
[ -x venv/bin/canaille ] || { python3 -m venv venv && venv/bin/pip install -q --require-hashes -r canaille.txt; }
rm -f canaille.sqlite
jwk=$(cd / && $here/venv/bin/canaille jwk create rsa 2>/dev/null | sed 's/": /" = /g')
sed -i "s|JWK]|$jwk]|" canaille.toml
export CANAILLE_CONFIG=$here/canaille.toml
venv/bin/canaille install >/dev/null
venv/bin/canaille create user --user-name cleo --password 'cleos geheimnis' --emails cleo@example.org \
  --given-name Cleo --family-name Example --formatted-name 'Cleo Example' >/dev/null
venv/bin/canaille create client --client-id chat --client-secret "$(cat client_secret)" --client-name Chat \
  --redirect-uris http://chat.example.net:8080/oauth/oidc/login/callback --grant-types authorization_code \
  --response-types code --token-endpoint-auth-method client_secret_basic \
  --scope openid --scope email --scope profile --scope groups >/dev/null
systemd-run --collect --unit test-issuer --setenv CANAILLE_CONFIG=$CANAILLE_CONFIG --working-directory $here \
  venv/bin/canaille run --bind "$address:9443" --certfile $here/id.pem --keyfile $here/id.pem
for _ in $(seq 120); do
  curl -s -o /dev/null --cacert $here/ca.crt --resolve "id.example.org:9443:$address" \
    https://id.example.org:9443/.well-known/openid-configuration && exit
  sleep 1
done
echo "the issuer does not answer" >&2
exit 1
