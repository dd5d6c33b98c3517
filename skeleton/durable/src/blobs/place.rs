//! Where the blobs of a deployment stand: what a setting says, opened.

use std::{path::PathBuf, sync::Arc, time::Duration};

use object_store::{ObjectStore, RetryConfig, aws::AmazonS3Builder};

use super::{Blobs, ObjectBlobs, RowBlobs};
use crate::sql::postgres;

/// Where blobs stand.
#[derive(Clone)]
pub enum Place {
    /// In the service's own database.
    Rows,
    /// In a folder that all replicas share.
    Folder(PathBuf),
    /// On an S3-compatible server.
    Server(Bucket),
}

/// A bucket of an S3-compatible server and who asks there. What is `None` is taken from the
/// variables `AWS_…`, as every program that uses S3 reads them, else from the role of the machine.
#[derive(Clone)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What the names of all blobs begin with; may be empty.
    pub prefix: String,
    /// The server, `http(s)://host:port`.
    pub endpoint: Option<String>,
    /// Its region; many servers take any.
    pub region: Option<String>,
    /// The id of an access key and its secret.
    pub key: Option<(String, String)>,
}

/// How long one request to the server is tried again.
const PATIENCE: Duration = Duration::from_secs(30);

impl Place {
    /// Opens it; `own` is the service's database.
    ///
    /// # Errors
    /// When the folder cannot be opened, or the server cannot be reached or refuses.
    pub async fn open(&self, own: &postgres::Store) -> anyhow::Result<Arc<dyn Blobs>> {
        Ok(match self {
            Self::Rows => Arc::new(RowBlobs::new(own)),
            Self::Folder(folder) => Arc::new(ObjectBlobs::in_folder(folder).await?),
            Self::Server(bucket) => Arc::new(ObjectBlobs::on_server(bucket).await?),
        })
    }
}

impl Bucket {
    pub(super) fn open(&self) -> anyhow::Result<Arc<dyn ObjectStore>> {
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&self.name)
            .with_retry(RetryConfig {
                retry_timeout: PATIENCE,
                ..RetryConfig::default()
            });
        if let Some(endpoint) = &self.endpoint {
            builder = builder
                .with_endpoint(endpoint)
                .with_allow_http(endpoint.starts_with("http:"));
        }
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some((id, secret)) = &self.key {
            builder = builder
                .with_access_key_id(id)
                .with_secret_access_key(secret);
        }
        Ok(Arc::new(builder.build()?))
    }
}
