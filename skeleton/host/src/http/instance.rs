//! The framework's application, one for each thread that answers.
//!
//! A table of routes can be shared by all threads; what the framework makes of it cannot. So each
//! thread makes its own when it first answers a request for the table, and keeps it for as long as
//! the table is there.

use super::routes::Table;
use super::{IntoResponse, Response};
use crate::problem;
use actix_http::Request;
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::dev::{AppConfig, ServiceResponse};
use actix_web::{App, Error};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    static HERE: RefCell<Instances> = RefCell::default();
}

/// How many keys are gone: a thread that has not heard of one looks for what it may drop.
static GONE: AtomicU64 = AtomicU64::new(0);

#[derive(Default)]
struct Instances {
    by_key: HashMap<u64, (std::sync::Weak<()>, Rc<Instance>)>,
    /// How many keys were gone when this thread last looked.
    heard: u64,
}

/// Names a table of routes as it is.
pub(super) struct Key {
    number: u64,
    lives: Arc<()>,
}

impl Key {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            lives: Arc::default(),
        }
    }

    /// What this thread has made of the table, or makes of it now.
    pub(super) async fn instance(&self, table: &Table) -> Rc<Instance> {
        let (known, gone) = HERE.with_borrow_mut(|here| {
            let gone = here.without_those_gone();
            let known = here.by_key.get(&self.number);
            (known.map(|(_, known)| known.clone()), gone)
        });
        // Dropped here, since that may end further tables.
        drop(gone);
        if let Some(known) = known {
            return known;
        }
        let made = Rc::new(Instance::of(table).await);
        let kept = (Arc::downgrade(&self.lives), made.clone());
        let replaced = HERE.with_borrow_mut(|here| here.by_key.insert(self.number, kept));
        drop(replaced);
        made
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        GONE.fetch_add(1, Ordering::Relaxed);
        // What this thread made of it ends with it; other threads drop theirs when they next answer.
        let own = HERE.try_with(|here| {
            let mut here = here.try_borrow_mut().ok()?;
            here.by_key.remove(&self.number)
        });
        drop(own);
    }
}

/// A thread that ends without [`end_here`] leaves them be: the framework keeps what it reuses in
/// thread-locals of its own, and does without them badly where those have gone before.
impl Drop for Instances {
    fn drop(&mut self) {
        std::mem::forget(std::mem::take(&mut self.by_key));
    }
}

/// Ends all that this thread has made; the last thing that a thread does which answers.
pub(super) fn end_here() {
    let all = HERE.with_borrow_mut(|here| std::mem::take(&mut here.by_key));
    drop(all);
}

impl Instances {
    fn without_those_gone(&mut self) -> Vec<Rc<Instance>> {
        let gone = GONE.load(Ordering::Relaxed);
        if self.heard == gone {
            return Vec::new();
        }
        self.heard = gone;
        let dead = self
            .by_key
            .extract_if(|_, (lives, _)| lives.strong_count() == 0);
        dead.map(|(_, (_, instance))| instance).collect()
    }
}

type Answer = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

/// One application of the framework's.
pub(super) struct Instance(Box<dyn Fn(Request) -> Answer>);

impl Instance {
    async fn of(table: &Table) -> Self {
        let app = App::new().configure(|config| table.configure(config));
        let made = app.into_factory().new_service(AppConfig::default()).await;
        let service = made.expect("a table's application needs nothing that can fail");
        Self(Box::new(move |request| Box::pin(service.call(request))))
    }

    /// Always answers.
    pub(super) async fn answer(&self, request: Request) -> Response {
        let answer = AssertUnwindSafe(async { (self.0)(request).await });
        match answer.catch_unwind().await {
            Ok(Ok(response)) => response.into_parts().1,
            Ok(Err(error)) => error.error_response(),
            Err(panic) => problem::panic_response(panic).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::http::{Method, Request, Routes};

    #[test]
    fn a_thread_may_end_with_a_table_that_others_still_have() {
        let build = || Routes::new().on(Method::GET, "/", async || "done");
        let thread = std::thread::spawn(move || {
            // Made here, and gone elsewhere: what this thread made of it is still there at its end.
            let routes: Routes = build();
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let answer = runtime.unwrap().block_on(routes.call(Request::get("/")));
            assert_eq!(answer.status(), 200);
            routes
        });
        let routes = thread.join().unwrap();
        drop(routes);
    }
}
