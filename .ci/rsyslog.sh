#!/usr/bin/env bash
# Runs a real rsyslogd in the foreground, for the test of connectors that forwards to it:
#     .ci/rsyslog.sh DIR PORT
# DIR holds ca.pem, cert.pem and key.pem, made by the test; what rsyslog receives over TLS on 127.0.0.1:PORT goes, one line a message, to
# DIR/received, in the form "seq chain_hash tenant msgid message". Where rsyslog is missing, root gets it from Debian (rsyslog,
# rsyslog-openssl); otherwise this says so in one line and ends with 75. It needs no root to run.
set -euo pipefail
DIR=$1 PORT=$2
if ! command -v rsyslogd > /dev/null || [ -z "$(find /usr/lib -name 'lmnsd_ossl.so' 2> /dev/null | head -1)" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null || [ -z "${COFFRE_INSTALL:-}" ]; then
    echo "rsyslog.sh: no rsyslog with OpenSSL here; apt-get install rsyslog rsyslog-openssl, or COFFRE_INSTALL=1 as root" >&2
    exit 75
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends rsyslog rsyslog-openssl > /dev/null
fi
cat > "$DIR/rsyslog.conf" << CONF
global(workDirectory="$DIR" maxMessageSize="64k"
  defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="$DIR/ca.pem"
  defaultNetstreamDriverCertFile="$DIR/cert.pem" defaultNetstreamDriverKeyFile="$DIR/key.pem"
  parser.escapeControlCharactersOnReceive="off")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
module(load="mmpstrucdata")
template(name="line" type="string"
  string="%\$!rfc5424-sd!coffre@32473!seq% %\$!rfc5424-sd!coffre@32473!chain_hash% %\$!rfc5424-sd!coffre@32473!tenant% %msgid% %msg%\n")
ruleset(name="in") {
  action(type="mmpstrucdata")
  action(type="omfile" file="$DIR/received" template="line" asyncWriting="off" flushOnTXEnd="on")
}
input(type="imtcp" address="127.0.0.1" port="$PORT" ruleset="in")
CONF
exec rsyslogd -n -f "$DIR/rsyslog.conf" -i "$DIR/pid"
