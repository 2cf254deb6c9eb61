//! Signing for many at once: whoever asks while a change is under way shares the next one. A commit waits for the disk,
//! and the private key is opened once for all of them; a token is answered when its entry in the audit log is on the disk.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::draft::Draft;
use super::{MintedToken, TokenRequest};
use crate::domain::{Actor, IssuerId, IssuerState};
use crate::operations::{Keystile, OperationError};
use crate::signing::{PrivateKey, sign_token};
use crate::store::Change;

/// Signatures of one change. Sixty-four take some 20 ms of one processor: by then a commit, of a millisecond or a few,
/// costs little, and other writers do not wait for long.
const MOST: usize = 64;

/// Where requests wait for the next change.
#[derive(Default)]
pub(in crate::operations) struct Desk {
    waiting: Mutex<Vec<Order>>,
    turn: tokio::sync::Mutex<()>,
}

struct Order {
    issuer: IssuerId,
    actor: Actor,
    request: TokenRequest,
    answer: Answer,
}

type Answer = oneshot::Sender<Result<MintedToken, OperationError>>;

/// Signs a token, alone or with those that others have asked for.
pub(super) async fn mint(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    request: TokenRequest,
) -> Result<MintedToken, OperationError> {
    let desk = &keystile.desk;
    loop {
        let (answer, mut answered) = oneshot::channel();
        let (issuer, actor, request) = (issuer.clone(), actor.clone(), request.clone());
        desk.waiting().push(Order { issuer, actor, request, answer });
        loop {
            let turn = tokio::select! {
                biased;
                answer = &mut answered => match answer {
                    Ok(answer) => return answer,
                    // Whoever had taken the order went away before the commit: nothing was done, and it is asked again.
                    Err(_) => break,
                },
                turn = desk.turn.lock() => turn,
            };
            serve(keystile, desk.next()).await;
            drop(turn);
        }
    }
}

impl Desk {
    fn waiting(&self) -> MutexGuard<'_, Vec<Order>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next orders, of one issuer. Those that nobody waits for any more are forgotten.
    fn next(&self) -> Vec<Order> {
        let mut waiting = self.waiting();
        waiting.retain(|order| !order.answer.is_closed());
        let Some(issuer) = waiting.first().map(|order| order.issuer.clone()) else { return Vec::new() };
        let mut taken = 0;
        let of_this_change = |order: &mut Order| {
            let is_taken = order.issuer == issuer && taken < MOST;
            taken += usize::from(is_taken);
            is_taken
        };
        waiting.extract_if(.., of_this_change).collect()
    }
}

/// One change for all of them. What is wrong with one is no concern of the others.
async fn serve(keystile: &Keystile, orders: Vec<Order>) {
    let Some(issuer) = orders.first().map(|order| order.issuer.clone()) else { return };
    let (mut change, overtaken, state) = match begin(keystile, &issuer, &orders).await {
        Ok(begun) => begun,
        Err(error) => return refuse(orders.into_iter().map(|order| order.answer), &error),
    };
    let now = keystile.now();
    let (mut drafts, mut records, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for Order { actor, request, answer, .. } in orders {
        let is_overtaken = actor.request_id().is_some_and(|id| overtaken.contains(id));
        let draft = if is_overtaken {
            Err(OperationError::IdempotencyInFlight)
        } else {
            Draft::new(&state, &actor, request, now)
        };
        match draft {
            Ok(draft) => {
                records.push(draft.record(&state, &actor, now));
                drafts.push(draft);
                answers.push(answer);
            }
            Err(error) => refuse([answer], &error),
        }
    }
    if drafts.is_empty() {
        return;
    }
    let signed = async {
        let private = keystile.token_key(&mut change, &issuer, state.ring.active().kid()).await?;
        let signed = sign_all(private, drafts).await?;
        change.record_all(records).await?;
        change.commit().await?;
        Ok(signed)
    };
    match signed.await {
        Ok(signed) => {
            for (waiting, token) in answers.into_iter().zip(signed) {
                // Whoever has gone away meanwhile does not want it.
                let _ = waiting.send(Ok(token));
            }
        }
        Err(error) => refuse(answers, &error),
    }
}

async fn begin(
    keystile: &Keystile,
    issuer: &IssuerId,
    orders: &[Order],
) -> Result<(Change, HashSet<String>, IssuerState), OperationError> {
    let mut change = keystile.store.write().await?;
    let overtaken = change.overtaken(orders.iter().filter_map(|order| order.actor.request_id())).await?;
    let state = keystile.state(&mut change, issuer).await?;
    Ok((change, overtaken, state))
}

fn refuse(answers: impl IntoIterator<Item = Answer>, error: &OperationError) {
    for waiting in answers {
        let _ = waiting.send(Err(error.clone()));
    }
}

/// Off the threads that serve requests.
async fn sign_all(private: PrivateKey, drafts: Vec<Draft>) -> Result<Vec<MintedToken>, OperationError> {
    let interrupted = |_| OperationError::Internal { detail: "signing was interrupted".to_owned() };
    let sign = move |Draft { claims, expires_at }: Draft| {
        let kid = private.public().thumbprint().as_str().to_owned();
        Ok(MintedToken { token: sign_token(&private, &claims)?, expires_at, kid })
    };
    tokio::task::spawn_blocking(move || drafts.into_iter().map(sign).collect()).await.map_err(interrupted)?
}
