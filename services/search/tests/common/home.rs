//! Where a test's service keeps what it has: a folder, and with it a database and indices on the
//! servers for tests. All of it is gone when the test ends.

use std::{path::Path, sync::Arc};

use kith_search::{
    ports::Index,
    tantivy::FolderIndex,
    wiring::{self, Settings},
};
use skeleton_service::{Context, Service};
use tempfile::TempDir;

pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// An index without a service.
    pub(crate) fn index(&self) -> Arc<dyn Index> {
        #[cfg(feature = "distributed")]
        if let Some(servers) = servers::given() {
            return servers.index(self.path());
        }
        Arc::new(FolderIndex::open(self.path()).unwrap())
    }
}

#[cfg(feature = "distributed")]
impl Drop for Home {
    fn drop(&mut self) {
        if let Some(servers) = servers::given() {
            servers.clean(self.path());
        }
    }
}

/// The service on what the context's folder stands for.
pub(crate) async fn wire(context: &Context, settings: Settings) -> Service {
    #[cfg(feature = "distributed")]
    if let Some(servers) = servers::given() {
        return servers.wire(context, settings).await;
    }
    wiring::standalone(context, settings).await.unwrap()
}

#[cfg(feature = "distributed")]
mod servers {
    use std::{path::Path, sync::Arc};

    use elasticsearch::http::{Method, headers::HeaderMap, transport::Transport};
    use kith_search::{
        elasticsearch::{ElasticIndex, Settings as IndexSettings},
        ports::Index,
        wiring::{self, Settings},
    };
    use serde_json::Value;
    use skeleton_durable::sql::postgres;
    use skeleton_service::{Context, Service};
    use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
    use uuid::Uuid;

    pub(crate) struct Servers {
        postgres: String,
        elasticsearch: String,
    }

    /// The servers for tests, if both are given.
    pub(crate) fn given() -> Option<Servers> {
        Some(Servers {
            postgres: std::env::var("KITH_TEST_POSTGRES").ok()?,
            elasticsearch: std::env::var("KITH_TEST_ELASTICSEARCH").ok()?,
        })
    }

    /// What belongs to a folder bears this name.
    fn name_of(folder: &Path) -> String {
        let note = folder.join("name");
        std::fs::read_to_string(&note).unwrap_or_else(|_| {
            let name = format!("test-{}", Uuid::now_v7().simple());
            std::fs::write(&note, &name).unwrap();
            name
        })
    }

    impl Servers {
        pub(crate) async fn wire(&self, context: &Context, mut settings: Settings) -> Service {
            let name = name_of(&context.data);
            let database = name.replace('-', "_");
            let mut connection = PgConnection::connect(&self.postgres).await.unwrap();
            let exists: Option<i32> =
                sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
                    .bind(&database)
                    .fetch_optional(&mut connection)
                    .await
                    .unwrap();
            if exists.is_none() {
                let create = AssertSqlSafe(format!("CREATE DATABASE {database}"));
                sqlx::query(create).execute(&mut connection).await.unwrap();
            }
            let (host, _) = self.postgres.rsplit_once('/').unwrap();
            let database = postgres::Settings {
                url: format!("{host}/{database}"),
                connections: 4,
            };
            settings.index_prefix = name;
            wiring::distributed(context, settings, &database, &self.elasticsearch)
                .await
                .unwrap()
        }

        pub(crate) fn index(&self, folder: &Path) -> Arc<dyn Index> {
            let settings = IndexSettings {
                url: self.elasticsearch.clone(),
                prefix: name_of(folder),
                authorities: None,
            };
            Arc::new(ElasticIndex::new(&settings).unwrap())
        }

        /// On a thread of its own: a test's runtime may be ending.
        pub(crate) fn clean(self, folder: &Path) {
            let name = name_of(folder);
            let cleaning = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    self.drop_database(&name).await;
                    self.delete_indices(&name).await;
                });
            });
            cleaning.join().unwrap();
        }

        async fn drop_database(&self, name: &str) {
            let mut connection = PgConnection::connect(&self.postgres).await.unwrap();
            let name = name.replace('-', "_");
            let text = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            sqlx::query(AssertSqlSafe(text))
                .execute(&mut connection)
                .await
                .unwrap();
        }

        async fn delete_indices(&self, name: &str) {
            let transport = Transport::single_node(&self.elasticsearch).unwrap();
            let send = async |method, path: &str| {
                let (none, body) = (None::<&()>, None::<String>);
                transport
                    .send(method, path, HeaderMap::new(), none, body, None)
                    .await
                    .unwrap()
            };
            let found = send(Method::Get, &format!("{name}-*")).await;
            let found: Value = found.json().await.unwrap();
            for index in found.as_object().unwrap().keys() {
                send(Method::Delete, index).await;
            }
        }
    }
}
