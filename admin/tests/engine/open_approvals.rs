//! How many questions one person may have open.

use keystile_admin::domain::Role;
use keystile_admin::operations::approvals::{self, Credential, Deed};

use crate::approvals::Office;

#[tokio::test]
async fn one_person_who_asks_for_everything_keeps_nobody_else_from_asking() {
    let office = Office::open().await;
    let keystile = &office.house.keystile;
    let grant = |to: String| Deed::GrantAccess { by: Credential::User, to, role: Role::Operator };
    let mut asked = Vec::new();
    for number in 0..10 {
        asked.push(approvals::ask(keystile, &office.ada, grant(format!("user-{number}"))).await.unwrap());
    }
    let one_more = approvals::ask(keystile, &office.ada, office.deed().await).await.unwrap_err();
    assert_eq!(one_more.code(), "too_many_approvals");
    // What she has asked already she may ask again, and what was refused is no question any more.
    assert_eq!(
        approvals::ask(keystile, &office.ada, grant("user-0".to_owned())).await.unwrap().id,
        asked[0].id
    );
    approvals::ask(keystile, &office.bob, office.deed().await).await.unwrap();
    approvals::refuse(keystile, &office.bob, &asked[0].id, "too many").await.unwrap();
    approvals::ask(keystile, &office.ada, office.deed().await).await.unwrap();
}
