//! For how long records are kept.

use anyhow::Result;
use keystile_admin::domain::SHORTEST_DAYS;
use keystile_admin::operations::legal_holds::{self, HoldOrder};
use keystile_admin::operations::{Keystile, retention};

use crate::house::operator;

pub(super) async fn keep(server: &Keystile) -> Result<()> {
    let (actor, reason) = (operator(), "a test");
    retention::set(server, &actor, Some(SHORTEST_DAYS), reason).await?;
    let order = HoldOrder { reason: reason.to_owned(), ..HoldOrder::default() };
    let hold = legal_holds::set(server, &actor, order).await?;
    legal_holds::release(server, &actor, &hold.id, reason).await?;
    Ok(())
}
