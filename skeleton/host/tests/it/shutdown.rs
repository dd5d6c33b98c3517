use skeleton_host::shutdown::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_supervised_task_is_restarted_after_errors_and_panics() {
    let shutdown = Shutdown::new();
    let starts = Arc::new(AtomicUsize::new(0));
    let count = starts.clone();
    shutdown.supervise("worker", move |stop| {
        let start = count.fetch_add(1, Ordering::SeqCst);
        async move {
            match start {
                0 => Err("not yet"),
                1 => panic!("still not"),
                _ => {
                    stop.cancelled().await;
                    Ok(())
                }
            }
        }
    });
    while starts.load(Ordering::SeqCst) < 3 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(shutdown.running(), ["worker"]);
    assert!(shutdown.finish(Duration::from_secs(1)).await);
    assert!(shutdown.running().is_empty());
    assert_eq!(starts.load(Ordering::SeqCst), 3, "not restarted at the end");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_fails_for_ever_still_ends_when_asked() {
    let shutdown = Shutdown::new();
    shutdown.supervise("worker", async |_| Err::<(), _>("never works"));
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(shutdown.failing(), ["worker"]);
    assert!(shutdown.finish(Duration::from_secs(1)).await);
}

#[tokio::test(start_paused = true)]
async fn finishing_waits_for_work_in_hand_but_not_for_ever() {
    let shutdown = Shutdown::new();
    let token = shutdown.token();
    shutdown.spawn("careful", async move {
        token.cancelled().await;
        tokio::time::sleep(Duration::from_secs(3)).await;
    });
    assert!(shutdown.finish(Duration::from_secs(5)).await);

    let shutdown = Shutdown::new();
    shutdown.spawn("stuck", std::future::pending());
    assert!(!shutdown.finish(Duration::from_secs(5)).await);
    assert_eq!(shutdown.running(), ["stuck"]);
}

#[tokio::test]
async fn a_panic_of_a_single_task_is_noticed() {
    let shutdown = Shutdown::new();
    shutdown.spawn("once", async { panic!("oh") });
    while !shutdown.running().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(shutdown.failing(), ["once"]);
}
