//! The emergency channel beside the store. The edge that takes the key sets is a stand-in, because the real one cannot be
//! made to fail on demand; the worker's own tests bring key sets to the real one.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use keystile_admin::operations::{Keystile, steward};
use keystile_admin::settings::Settings;

use crate::fake_kv::FakeKv;
use crate::rehearsal::{Rehearsal, settings};

/// It keeps what was brought, and answers as it is told.
#[derive(Clone, Default)]
struct FakeEdge(Arc<Mutex<Brought>>);

#[derive(Default)]
struct Brought {
    documents: Vec<(String, String)>,
    refuses_with: Option<StatusCode>,
}

impl FakeEdge {
    async fn start() -> (Self, String) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self::default();
        let router = Router::new().fallback(take).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (fake, url)
    }

    fn refuse_with(&self, status: Option<StatusCode>) {
        self.0.lock().unwrap().refuses_with = status;
    }

    fn take_brought(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.0.lock().unwrap().documents)
    }
}

async fn take(State(fake): State<FakeEdge>, uri: Uri, document: String) -> StatusCode {
    let mut brought = fake.0.lock().unwrap();
    brought.documents.push((uri.path().to_owned(), document));
    brought.refuses_with.unwrap_or(StatusCode::NO_CONTENT)
}

/// A server on the folder of `rehearsal` that has both ways to the edge.
async fn server(rehearsal: &Rehearsal, kv: &FakeKv, url: &str) -> Keystile {
    let settings = Settings {
        kv: Some(kv.settings()),
        emergency_channel: Some(url.to_owned()),
        ..settings(rehearsal.folder.path())
    };
    Keystile::open(settings, rehearsal.clock.clone()).await.unwrap()
}

#[tokio::test]
async fn a_key_set_goes_both_ways_and_each_version_once() {
    let rehearsal = Rehearsal::begin().await;
    let (edge, url) = FakeEdge::start().await;
    let kv = FakeKv::start(Default::default()).await;
    let server = server(&rehearsal, &kv, &url).await;
    steward::go_round(&server).await.unwrap();
    steward::go_round(&server).await.unwrap();
    let [(path, document)] = &edge.take_brought()[..] else { panic!("it is brought once") };
    assert_eq!(path, "/.well-known/keystile/key-sets/main");
    assert_eq!(kv.value().as_deref(), Some(document.as_bytes()));

    rehearsal.new_key().await;
    steward::go_round(&server).await.unwrap();
    let brought = edge.take_brought();
    assert_eq!(brought.len(), 1);
    assert_ne!(brought[0].1, *document);
    assert_eq!(kv.value().as_deref(), Some(brought[0].1.as_bytes()));
}

#[tokio::test]
async fn a_channel_that_fails_holds_nothing_up_and_is_tried_again() {
    let rehearsal = Rehearsal::begin().await;
    let (edge, url) = FakeEdge::start().await;
    let kv = FakeKv::start(Default::default()).await;
    let server = server(&rehearsal, &kv, &url).await;
    edge.refuse_with(Some(StatusCode::SERVICE_UNAVAILABLE));
    rehearsal.new_key().await;
    steward::go_round(&server).await.unwrap();
    assert!(kv.value().is_some());
    assert_eq!(edge.take_brought().len(), 1);
    steward::go_round(&server).await.unwrap();
    assert!(edge.take_brought().is_empty(), "it is left alone for a while");
    edge.refuse_with(None);
    rehearsal.clock.advance(5);
    steward::go_round(&server).await.unwrap();
    assert_eq!(edge.take_brought().len(), 1);
}

#[tokio::test]
async fn what_the_channel_refuses_is_not_brought_again() {
    let rehearsal = Rehearsal::begin().await;
    let (edge, url) = FakeEdge::start().await;
    let kv = FakeKv::start(Default::default()).await;
    let server = server(&rehearsal, &kv, &url).await;
    edge.refuse_with(Some(StatusCode::UNPROCESSABLE_ENTITY));
    steward::go_round(&server).await.unwrap();
    rehearsal.clock.advance(60);
    steward::go_round(&server).await.unwrap();
    assert_eq!(edge.take_brought().len(), 1);
}
