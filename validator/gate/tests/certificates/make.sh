#!/bin/sh
# Makes the certificates here anew: an authority whose key is thrown away, and servers that share one key.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl ecparam -name prime256v1 -genkey -noout -out "$work/ca.key"
openssl req -x509 -new -key "$work/ca.key" -days 36500 -subj "/CN=Keystile tests" -out ca.pem
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out server.key
touch "$work/index"
printf '%s\n' '[ca]' 'default_ca=d' '[d]' "database=$work/index" "new_certs_dir=$work" 'default_md=sha256' \
  'rand_serial=yes' 'unique_subject=no' 'policy=p' 'copy_extensions=copy' '[p]' 'commonName=supplied' > "$work/ca.cnf"

# name, subjectAltName, from, until
certify() {
  openssl req -new -key server.key -subj "/CN=$1" -addext "subjectAltName=$2" -out "$work/$1.csr"
  openssl ca -batch -notext -config "$work/ca.cnf" -cert ca.pem -keyfile "$work/ca.key" \
    -startdate "$3" -enddate "$4" -in "$work/$1.csr" -out "$1.pem" 2> /dev/null
}
certify server DNS:localhost,IP:127.0.0.1 20200101000000Z 21200101000000Z
certify renewed DNS:localhost,IP:127.0.0.1 20200101000000Z 21200101000000Z
certify of-another-name DNS:other.example 20200101000000Z 21200101000000Z
certify expired DNS:localhost,IP:127.0.0.1 20200101000000Z 20210101000000Z
certify not-yet DNS:localhost,IP:127.0.0.1 21190101000000Z 21200101000000Z
# One that nobody vouches for.
openssl req -x509 -new -key server.key -days 36500 -subj "/CN=localhost" \
  -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -out of-nobody.pem
