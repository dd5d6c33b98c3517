# shellcheck shell=bash
# Neo4j Community 5.26 (long-term support) as its jars from Maven Central: Bolt and HTTP on loopback.

NEO4J_VERSION=5.26.30
NEO4J_DIGEST=fbb2e229b75d7647235411d7568d637c1edb4180e0d8edf74a0063bd9bfd89a3 # of all its jars, see tree_digest
NEO4J_RUN_AS=nobody
NEO4J_HEAP=${KITH_NEO4J_HEAP:-512m}
NEO4J_PAGECACHE=${KITH_NEO4J_PAGECACHE:-256m}

neo4j_java() { find_java $NEO4J_RUN_AS 17 21; }

neo4j_check() {
  [ -n "$(neo4j_java)" ] || lacks_package openjdk-17-jre-headless "no Java 17 to 21 under /usr/lib/jvm, JAVA_HOME or KITH_JAVA_HOME that user $NEO4J_RUN_AS can run"
  needs_command curl curl
  needs_command mvn maven
  needs_reachable $NEO4J_RUN_AS
}

neo4j_fetch() { # FOLDER WORKDIR
  cat >"$2/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>neo4j-community</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.neo4j</groupId>
      <artifactId>neo4j</artifactId>
      <version>$NEO4J_VERSION</version>
    </dependency>
  </dependencies>
</project>
POM
  maven "$2" -f "$2/pom.xml" "$MAVEN_DEPENDENCY_PLUGIN:copy-dependencies" -DincludeScope=runtime -DoutputDirectory="$1"
}

neo4j_start() {
  local home java bolt=${KITH_NEO4J_PORT:-27687} http=${KITH_NEO4J_HTTP_PORT:-27474}
  home=$(home_of neo4j) java=$(neo4j_java)
  needs_free_port "$bolt" KITH_NEO4J_PORT
  needs_free_port "$http" KITH_NEO4J_HTTP_PORT
  provide neo4j-$NEO4J_VERSION $NEO4J_DIGEST neo4j_fetch "$home/lib"
  make_secret neo4j "$home/home/data/dbms"
  neo4j_configure "$home/home" "$bolt" "$http"
  neo4j_password "$home" "$java"
  own $NEO4J_RUN_AS "$home/home"
  record_ports bolt="$bolt" http="$http"
  # The heap is what the command line says; the configuration's is read only by Neo4j's own launcher.
  spawn neo4j $NEO4J_RUN_AS "--home-dir=$home/home" env -i PATH="$PATH" LANG=C.UTF-8 HOME="$home/home" \
    "$java" -Xms"$NEO4J_HEAP" -Xmx"$NEO4J_HEAP" -XX:+UseG1GC -XX:-OmitStackTraceInFastThrow -XX:+DisableExplicitGC \
    -XX:+ExitOnOutOfMemoryError -Dfile.encoding=UTF-8 -Dlog4j2.disable.jmx=true \
    -Dio.netty.tryReflectionSetAccessible=true -Djava.io.tmpdir="$home/home/tmp" \
    --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/java.io=ALL-UNNAMED \
    --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-modules=jdk.incubator.vector \
    -cp "$home/lib/*" org.neo4j.server.CommunityEntryPoint \
    --home-dir="$home/home" --config-dir="$home/home/conf" --console-mode
}

neo4j_configure() { # HOME BOLT HTTP
  mkdir -p "$1/conf" "$1/tmp"
  cat >"$1/conf/neo4j.conf" <<C
server.default_listen_address=127.0.0.1
server.bolt.enabled=true
server.bolt.listen_address=127.0.0.1:$2
server.bolt.advertised_address=127.0.0.1:$2
server.http.enabled=true
server.http.listen_address=127.0.0.1:$3
server.http.advertised_address=127.0.0.1:$3
server.https.enabled=false
server.memory.heap.initial_size=$NEO4J_HEAP
server.memory.heap.max_size=$NEO4J_HEAP
server.memory.pagecache.size=$NEO4J_PAGECACHE
dbms.security.auth_enabled=true
dbms.usage_report.enabled=false
client.allow_telemetry=false
db.tx_log.preallocate=false
C
}

# Must come before the first start; afterwards it has no effect. The password is read from the file (@), not from
# the command line.
neo4j_password() { # HOME JAVA
  [ ! -e "$1/home/data/dbms/auth.ini" ] && [ ! -e "$1/home/data/databases" ] || return 0
  mkdir -p "$1/logs"
  NEO4J_HOME=$1/home NEO4J_CONF=$1/home/conf "$2" -cp "$1/lib/*" org.neo4j.cli.AdminTool \
    dbms set-initial-password "@$(secret_file neo4j)" >"$1/logs/password.log" 2>&1 ||
    die_with_log "$1/logs/password.log" "setting the first password failed"
}

# True once the server is up, the password is right, the database is open and Bolt listens.
neo4j_ready() {
  neo4j_query neo4j 'RETURN 1' 2>/dev/null &&
    (exec 3<>"/dev/tcp/127.0.0.1/$(recorded_port neo4j bolt)") 2>/dev/null
}

neo4j_stop() { stop neo4j; }

neo4j_env() {
  printf "export KITH_TEST_NEO4J='bolt://neo4j:%s@127.0.0.1:%s'\n" "$(secret neo4j)" "$(recorded_port neo4j bolt)"
}
