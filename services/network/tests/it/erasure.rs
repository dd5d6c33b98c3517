//! An erased account leaves nothing behind, and what comes late does not bring it back.

use kith_shared::{
    events::users::ErasureRequested,
    ids::{AccountId, CircleId, PersonId},
    sharing::Sharing,
};
use skeleton_host::testing::assert_problem;

use crate::fixture::*;

#[tokio::test]
async fn an_erased_account_is_gone_for_everybody_and_does_not_come_back() {
    let network = Network::start().await;
    let (ada, grace, alan) = (
        AccountId::generate(),
        AccountId::generate(),
        PersonId::generate(),
    );
    let members = vec![
        member(ada, "Ada", Sharing::Name),
        member(grace, "Grace", Sharing::Name),
    ];
    let said = [
        seal(&account(grace, "Grace", &[("grace", true)])),
        seal(&circle(CircleId::generate(), 1, members)),
        seal(&person(grace, alan, "Alan").keyed(&["alan"])),
        seal(&wrote(grace, alan, 6)),
    ];
    network.told(&said).await;
    network
        .client
        .as_account(grace.0)
        .put(&format!("/api/v1/people/{alan}/tags/x"), &())
        .await
        .expect_status(204);
    assert_eq!(network.paths(ada, alan).await.len(), 1);
    network
        .told(&[seal(&ErasureRequested {
            account_id: grace,
            version: 9,
        })])
        .await;
    let mut late = person(grace, alan, "Alan");
    late.version = 7;
    network
        .told(&[seal(&late), seal(&account(grace, "Grace", &[]))])
        .await;
    let answer = network
        .client
        .as_account(ada.0)
        .get(&format!("/api/v1/paths?to={alan}"))
        .await;
    assert_problem(&answer, "not-found");
    assert_eq!(network.home.personal().await, Vec::<String>::new());
}
