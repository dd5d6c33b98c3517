//! The contract of the store on PostgreSQL.

use skeleton_durable::contract::database::Database;

use super::*;
use contract::Twins;

async fn twins(one: &Database, two: &Database) -> Twins {
    let open = async |on: &Database| Store::open(&on.settings(2), MIGRATIONS).await.unwrap();
    let store = open(one).await;
    open(two).await;
    Twins {
        store,
        seen: one.connect().await,
        reference: two.connect().await,
    }
}

#[tokio::test]
async fn writes_of_one_change_see_each_other() {
    let (one, two) = (Database::fresh("one").await, Database::fresh("two").await);
    let mut twins = twins(&one, &two).await;
    contract::writes_of_one_change_see_each_other(&mut twins).await;
}

#[test]
fn any_change_is_applied_in_order() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (one, two) =
        runtime.block_on(async { (Database::fresh("one").await, Database::fresh("two").await) });
    let mut twins = runtime.block_on(twins(&one, &two));
    contract::any_change_is_applied_in_order(&mut twins, &runtime, 200);
}
