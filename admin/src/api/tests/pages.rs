//! Long lists, page by page, as a client walks them: from `Link` to `Link`.

use super::*;

/// The paths of every page, and the items on them.
async fn walk(house: &House, path: &str, member: &str) -> (usize, Vec<Value>) {
    let (mut pages, mut items, mut next) = (0, Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let answer = house.get(&path, &[house.bearer("admin")]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        items.extend(answer.json()[member].as_array().unwrap().iter().cloned());
        pages += 1;
        let link = answer.header("link").to_owned();
        next =
            link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).map(str::to_owned);
        assert_eq!(next.is_some(), !link.is_empty(), "{link}");
    }
    (pages, items)
}

#[tokio::test]
async fn every_item_is_on_one_page() {
    let house = House::new().await;
    house.cookie("admin").await;
    house.cookie("viewer").await;
    for _ in 0..2 {
        house.ask(Method::POST, "/v1/issuers/main/keys", &[house.bearer("operator")], "{}").await;
    }
    for (path, member, count) in [
        ("/v1/api-tokens", "api_tokens", 6 + 2),
        ("/v1/sessions", "sessions", 2),
        ("/v1/issuers/main/keys", "keys", 3),
    ] {
        let (_, whole) = walk(&house, path, member).await;
        assert_eq!(whole.len(), count, "{path}");
        for limit in 1..=count {
            let (pages, items) = walk(&house, &format!("{path}?limit={limit}"), member).await;
            assert_eq!((pages, &items), (count.div_ceil(limit), &whole), "{path} by {limit}");
        }
    }
}

#[tokio::test]
async fn the_audit_log_ends_at_its_first_entry() {
    let house = House::new().await;
    let (_, whole) = walk(&house, "/v1/audit?limit=1000", "entries").await;
    let (pages, items) = walk(&house, "/v1/audit?limit=1", "entries").await;
    assert_eq!((pages, items), (whole.len(), whole));
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused() {
    let house = House::new().await;
    for query in ["limit=0", "limit=1001", "page=2"] {
        let answer = house.get(&format!("/v1/api-tokens?{query}"), &[house.bearer("admin")]).await;
        assert_eq!(answer.code(), "invalid_input", "{query}");
    }
    let gone = house.get("/v1/api-tokens?cursor=unknown", &[house.bearer("admin")]).await;
    assert_eq!((gone.status.as_u16(), gone.code().as_str()), (404, "cursor_not_found"));
}
